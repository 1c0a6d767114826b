import * as nodeTls from "node:tls";
import type { JsonObject, Provider } from "@modelyard/core";
import type { Transport } from "@modelyard/core/kit";
import { checkProviderOptions, type ProviderDefinition } from "./define/provider-definition.js";
import { vendorOf } from "./define/vendor-of.js";
import type { Endpoint } from "./endpoint.js";
import { HttpProvider } from "./http-provider.js";
import type { HttpProviderOptions, HttpVendor } from "./http-vendor.js";
import { DispatchTransport } from "./node/dispatch-transport.js";
import type { TlsOptions } from "./node/undici.js";
import { checkTransport, type TransportOptions } from "./options.js";

export * from "./kit.js";

/** The certificates that the platform trusts. Newer versions of Node include those that the machine's owner added. */
function platformCertificates(): readonly string[] {
  const newer: { getCACertificates?: (type: "default") => readonly string[] } = nodeTls;
  return newer.getCACertificates === undefined ? nodeTls.rootCertificates : newer.getCACertificates("default");
}

/** `ca` alone would replace the platform's certificates. A context is expensive, so all connections share one. */
function tlsOptions({ ca, rejectUnauthorized = true }: TransportOptions): TlsOptions {
  if (ca === undefined) return { rejectUnauthorized };
  const own = typeof ca === "string" ? [ca] : ca;
  const secureContext = nodeTls.createSecureContext({ ca: [...platformCertificates(), ...own] });
  return { rejectUnauthorized, secureContext };
}

/** Creates a separate transport over undici's clients. Its requests share connections. @throws `invalid_option` */
export function createTransport(options: TransportOptions = {}): Transport {
  checkTransport(options);
  return new DispatchTransport(options, () => tlsOptions(options));
}

let shared: Transport | undefined;

/** The transport that all providers of this process share unless they are given another. Created on first use. */
export function sharedTransport(): Transport {
  shared ??= createTransport();
  return shared;
}

/** Creates a provider for a vendor with an HTTP API. The vendor describes its addresses, its formats and its failures. */
export function httpProvider<Facts = undefined, Address extends Endpoint = Endpoint>(
  vendor: HttpVendor<Facts, Address>,
  options: HttpProviderOptions = {},
): Provider {
  return new HttpProvider(vendor, options, sharedTransport);
}

/**
 * Defines a provider for a vendor with its own format of chats: what to send, and what its answers contain. Everything else
 * is done as by {@link httpProvider}.
 * @returns a function that creates the provider
 * @throws `invalid_option`
 */
export function defineProvider<Body extends object = JsonObject>(
  definition: ProviderDefinition<Body>,
): (options?: HttpProviderOptions) => Provider {
  const vendor = vendorOf(definition);
  return (options = {}) => {
    checkProviderOptions(options, vendor.name);
    return httpProvider(vendor, options);
  };
}
