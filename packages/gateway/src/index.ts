export type { Bytes } from "@modelyard/core/kit";
export { createGateway, type Gateway } from "./gateway.js";
export type { ExtraRoute, GatewayOptions, RouteRequest, RouteResponse } from "./options.js";
export { toFetchHandler } from "./fetch-handler.js";
export type { Decoder, Decoders, GatewayRequest, GatewayResponse } from "./http.js";
export { messagesSurface } from "./surfaces/messages.js";
export { openaiSurface } from "./surfaces/openai.js";
export { readJson } from "./surfaces/json-body.js";
export { equalInConstantTime } from "./auth.js";
