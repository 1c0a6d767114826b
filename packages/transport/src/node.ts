import type { Transport } from "@modelyard/core";
import { DispatchTransport } from "./dispatch-transport.js";
import type { TransportOptions } from "./options.js";

export type { TransportOptions } from "./options.js";

/** A transport of its own, over undici's dispatcher; connections are kept and shared between its requests. */
export function createTransport(options: TransportOptions = {}): Transport {
  return new DispatchTransport(options);
}

let shared: Transport | undefined;

/** The transport that all providers of this process share unless they are given another. Made on first use. */
export function sharedTransport(): Transport {
  shared ??= createTransport();
  return shared;
}
