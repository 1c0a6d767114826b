export type { FailureWords } from "./failure-words.js";
export { readFailure } from "./read-failure.js";
export { pageTitle } from "./readable-text.js";
export { toVendorError, type VendorErrorOptions } from "./to-vendor-error.js";
export { failureKind } from "./failure-kind.js";
