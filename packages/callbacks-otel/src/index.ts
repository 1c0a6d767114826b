export { otelCallback, type OtelOptions } from "./otel-callback.js";
