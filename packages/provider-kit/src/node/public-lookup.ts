import dns, { type LookupAddress } from "node:dns";
import type { LookupFunction, Socket } from "node:net";
import { addressNotPublic, isPublicAddress } from "@modelyard/core/kit";
import type { buildConnector } from "undici";

/** Connects a socket, and returns it before it is connected. */
export type Connector = (...given: Parameters<ReturnType<typeof buildConnector>>) => unknown;

/**
 * `dns.lookup` for connections that may only go to public addresses. A socket connects to the addresses that its lookup
 * gives, so a name cannot be public when it is checked and private when it is connected to. A name with
 * both private and public addresses is refused.
 */
export const publicLookup: LookupFunction = (hostname, options, callback) => {
  dns.lookup(hostname, { ...options, all: true }, (error, addresses) => {
    if (error !== null) {
      callback(error, []);
      return;
    }
    const [first] = addresses;
    if (first === undefined || !addresses.every(isPublic)) callback(refusal(hostname), []);
    else if (options.all === true) callback(null, addresses);
    else callback(null, first.address, first.family);
  });
};

/**
 * A connector that connects to public addresses only, however the name was resolved: platforms that imitate Node may
 * ignore `lookup`. Nothing has been sent when a connection is closed here.
 */
export function publicOnly(connect: Connector): Connector {
  return (target, callback) => {
    // If there is no socket, it calls back without one.
    const onEnd = (error: Error | null, socket?: Socket): void => {
      if (error !== null || socket === undefined) callback(error ?? refusal(target.hostname), null);
      else if (isPublicAddress(socket.remoteAddress ?? "")) callback(null, socket);
      else {
        socket.destroy();
        callback(refusal(target.hostname), null);
      }
    };
    return connect(target, onEnd as Parameters<Connector>[1]);
  };
}

function isPublic({ address }: LookupAddress): boolean {
  return isPublicAddress(address);
}

function refusal(hostname: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${hostname} resolves to an address that is not public`), { code: addressNotPublic });
}
