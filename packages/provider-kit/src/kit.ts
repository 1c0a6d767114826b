// The exports that the entry points for Node and for other platforms share.
export { failureText, longestAnswer } from "./body.js";
export { claudeCachePricing } from "./claude-cache-pricing.js";
export { configuredHeaders, type Endpoint } from "./endpoint.js";
export { type ChatHead, ChatWriter } from "./chat-writer.js";
export { eventStream, type EventStreamOptions, type EventTranslator, type PartDraft } from "./event-stream.js";
export type { HttpExchange } from "./http-exchange.js";
export type { HttpOperation, HttpProviderOptions, HttpVendor, PreparedCall } from "./http-vendor.js";
export { type ReadAnswer, readAnswer, requestIdIn, type WrongBody, wrongBody } from "./read-answer.js";
export { AddedField, bodyOf } from "./request-text.js";
export { nothingYet, type ScannedFacts, ScannedPart } from "./scanned-part.js";
export { type EventScanner, ScannedStream, type ScannedStreamOptions } from "./scanned-stream.js";
export { type ScannerOptions, SseScanner } from "./sse-scanner.js";
export { dataLine, dataOf, EventBuffer, isBlank, lastEventEnd, onlyLine } from "./sse-text.js";
export { isAt, isPlain, jsonStringEnd } from "./plain-text.js";
export { beginsWithEvent, StreamOpening } from "./stream-opening.js";
export type { TransportOptions } from "./options.js";
export { type Environment, providerKey } from "./provider-key.js";
export * from "./vendor-failure/index.js";
