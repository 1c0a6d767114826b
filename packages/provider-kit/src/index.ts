import type { Provider } from "@modelyard/core";
import type { Transport } from "@modelyard/core/kit";
import type { Endpoint } from "./endpoint.js";
import { HttpProvider } from "./http-provider.js";
import type { HttpProviderOptions, HttpVendor } from "./http-vendor.js";
import { FetchTransport } from "./fetch-transport.js";
import { checkTransport, type TransportOptions } from "./options.js";

export * from "./kit.js";

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

/** A provider for a vendor with an HTTP API, from what is the vendor's own: its addresses, its shapes and its failures. */
export function httpProvider<Facts = undefined, Address extends Endpoint = Endpoint>(
  vendor: HttpVendor<Facts, Address>,
  options: HttpProviderOptions = {},
): Provider {
  return new HttpProvider(vendor, options, sharedTransport);
}
