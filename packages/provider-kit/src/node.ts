import * as nodeTls from "node:tls";
import type { Transport } from "@modelyard/core";
import { DispatchTransport, type TlsOptions } from "./node/dispatch-transport.js";
import { checkTransport, type TransportOptions } from "./options.js";

export { failureText, longestAnswer } from "./body.js";
export { beginsWithEvent, StreamOpening, type WrongBody, wrongBody } from "./body-shape.js";
export { readAnswer } from "./read-answer.js";
export type { TransportOptions } from "./options.js";
export { type Environment, providerKey } from "./provider-key.js";
export * from "./vendor-failure/index.js";

/** What the platform trusts. Newer versions also tell of what the machine's owner added. */
function platformCertificates(): readonly string[] {
  const newer: { getCACertificates?: (type: "default") => readonly string[] } = nodeTls;
  return newer.getCACertificates === undefined ? nodeTls.rootCertificates : newer.getCACertificates("default");
}

/** `ca` alone would replace the platform's certificates; and a context is dear, so there is one for all connections. */
function tlsOptions({ ca, rejectUnauthorized = true }: TransportOptions): TlsOptions {
  if (ca === undefined) return { rejectUnauthorized };
  const own = typeof ca === "string" ? [ca] : ca;
  const secureContext = nodeTls.createSecureContext({ ca: [...platformCertificates(), ...own] });
  return { rejectUnauthorized, secureContext };
}

/** A transport of its own, over undici's clients; connections are kept and shared between its requests. @throws `invalid_option` */
export function createTransport(options: TransportOptions = {}): Transport {
  checkTransport(options);
  return new DispatchTransport(options, () => tlsOptions(options));
}

let shared: Transport | undefined;

/** The transport that all providers of this process share unless they are given another. Made on first use. */
export function sharedTransport(): Transport {
  shared ??= createTransport();
  return shared;
}
