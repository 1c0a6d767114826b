import type { Transport } from "@modelyard/core";
import { FetchTransport } from "./fetch-transport.js";
import { checkTransport, type TransportOptions } from "./options.js";

export { failureText, longestAnswer } from "./body.js";
export { beginsWithEvent, StreamOpening, type WrongBody, wrongBody } from "./body-shape.js";
export { readAnswer } from "./read-answer.js";
export type { TransportOptions } from "./options.js";
export { type Environment, providerKey } from "./provider-key.js";
export * from "./vendor-failure/index.js";

/** A transport of its own, over the platform's `fetch`. @throws `invalid_option` */
export function createTransport(options: TransportOptions = {}): Transport {
  checkTransport(options);
  return new FetchTransport(options.fetch);
}

let shared: Transport | undefined;

/** The transport that all providers of this process share unless they are given another. Made on first use. */
export function sharedTransport(): Transport {
  shared ??= createTransport();
  return shared;
}
