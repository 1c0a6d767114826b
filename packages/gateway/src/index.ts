export { createGateway, type Gateway } from "./gateway.js";
export type { ExtraRoute, GatewayOptions } from "./options.js";
export { toFetchHandler } from "./fetch-handler.js";
export type { Bytes, GatewayRequest, GatewayResponse } from "./http.js";
export { equalInConstantTime } from "./auth.js";
