export { createGateway, type ExtraRoute, type Gateway, type GatewayOptions } from "./gateway.js";
export { toFetchHandler } from "./fetch-handler.js";
export type { Bytes, GatewayRequest, GatewayResponse } from "./http.js";
export { equalInConstantTime } from "./auth.js";
