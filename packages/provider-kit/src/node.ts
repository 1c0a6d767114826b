import * as nodeTls from "node:tls";
import type { Provider } from "@modelyard/core";
import type { Transport } from "@modelyard/core/kit";
import type { Endpoint } from "./endpoint.js";
import { HttpProvider } from "./http-provider.js";
import type { HttpProviderOptions, HttpVendor } from "./http-vendor.js";
import { DispatchTransport } from "./node/dispatch-transport.js";
import type { TlsOptions } from "./node/undici.js";
import { checkTransport, type TransportOptions } from "./options.js";

export * from "./kit.js";

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

/** A provider for a vendor with an HTTP API, from what is the vendor's own: its addresses, its shapes and its failures. */
export function httpProvider<Facts = undefined, Address extends Endpoint = Endpoint>(
  vendor: HttpVendor<Facts, Address>,
  options: HttpProviderOptions = {},
): Provider {
  return new HttpProvider(vendor, options, sharedTransport);
}
