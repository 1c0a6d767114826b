import { connect as connectPlain, isIP, type OnReadOpts } from "node:net";
import * as nodeTls from "node:tls";
import type { Transport } from "@modelyard/core";
import { SocketTransport } from "./node/socket-transport.js";
import type { Connect, WireOptions } from "./node/wire.js";
import type { TransportOptions } from "./options.js";

export type { TransportOptions } from "./options.js";

/** What the platform trusts. Newer versions also tell of what the machine's owner added. */
function platformCertificates(): readonly string[] {
  const newer: { getCACertificates?: (type: "default") => readonly string[] } = nodeTls;
  return newer.getCACertificates === undefined ? nodeTls.rootCertificates : newer.getCACertificates("default");
}

/** `ca` alone would replace the platform's certificates; and a context is dear, so there is one for all connections. */
function tlsOptions({ ca, rejectUnauthorized = true }: TransportOptions): nodeTls.ConnectionOptions {
  if (ca === undefined) return { rejectUnauthorized };
  const own = typeof ca === "string" ? [ca] : ca;
  const secureContext = nodeTls.createSecureContext({ ca: [...platformCertificates(), ...own] });
  return { rejectUnauthorized, secureContext };
}

/** All connections read into the same memory, one at a time: a buffer for each would cost more than the sockets. */
const readBytes = 64 * 1024;
let readBuffer: Buffer | undefined;

function reading(onBytes: WireOptions["onBytes"]): OnReadOpts {
  readBuffer ??= Buffer.allocUnsafeSlow(readBytes);
  const buffer = readBuffer;
  return { buffer, callback: (size) => onBytes(size === readBytes ? buffer : buffer.subarray(0, size)) };
}

/** Sessions of hosts that are remembered, so that further connections need not prove everything anew. */
const mostSessions = 100;

function connectSockets(options: TransportOptions): Connect {
  let secure: nodeTls.ConnectionOptions | undefined;
  const sessions = new Map<string, Buffer>();
  return ({ protocol, host, port, onStanding, onBytes }) => {
    const common = { host, port, onread: reading(onBytes) };
    if (protocol !== "https:") {
      const plain = connectPlain(common, onStanding);
      return plain.setNoDelay(true).setKeepAlive(true, 60_000);
    }
    secure ??= tlsOptions(options);
    const key = `${host}:${String(port)}`;
    const session = sessions.get(key);
    const socket = nodeTls.connect(
      {
        ...common,
        ...secure,
        ALPNProtocols: ["http/1.1"],
        ...(isIP(host) === 0 ? { servername: host } : {}),
        ...(session === undefined ? {} : { session }),
      },
      onStanding,
    );
    socket.on("session", (next) => {
      if (sessions.size >= mostSessions) sessions.clear();
      sessions.set(key, next);
    });
    return socket.setNoDelay(true).setKeepAlive(true, 60_000);
  };
}

/** A transport of its own, over sockets; connections are kept and shared between its requests. */
export function createTransport(options: TransportOptions = {}): Transport {
  return new SocketTransport(options, connectSockets(options));
}

let shared: Transport | undefined;

/** The transport that all providers of this process share unless they are given another. Made on first use. */
export function sharedTransport(): Transport {
  shared ??= createTransport();
  return shared;
}
