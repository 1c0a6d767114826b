export * from "./behaviour.js";
export type { DialectName, UpstreamOperation } from "./dialect.js";
export {
  type CallMatch,
  startUpstream,
  type Upstream,
  type UpstreamCall,
  type UpstreamOptions,
} from "./start-upstream.js";
export { specialErrors, vendorError } from "./vendor-errors.js";
