import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { createServer as createSecure } from "node:tls";
import { selfSigned } from "./certificate.js";

/** A host that never gets as far as HTTP. */
export interface BrokenHost {
  /** E.g. `http://127.0.0.1:1234`. */
  readonly url: string;
  /** The same place under `https`: with a host that is silent, not even the handshake ends. */
  readonly secureUrl: string;
  /** How many connected. */
  readonly connections: number;
  /** Connections that stand. */
  readonly sockets: number;
  close(): Promise<void>;
}

/** A name that no resolver knows. Source: RFC 6761, section 6.4. */
export const unresolvableUrl = "http://name.invalid";

async function start(onSocket: (socket: Socket) => void): Promise<BrokenHost> {
  const open = new Set<Socket>();
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    open.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => {
      open.delete(socket);
    });
    onSocket(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const place = `127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  return {
    url: `http://${place}`,
    secureUrl: `https://${place}`,
    get connections() {
      return connections;
    },
    get sockets() {
      return open.size;
    },
    async close() {
      const closed = once(server, "close");
      server.close();
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}

/** A port where nobody listens: connections are refused. */
export async function startRefusing(): Promise<BrokenHost> {
  const host = await start((socket) => {
    socket.destroy();
  });
  await host.close();
  return { ...host, connections: 0, sockets: 0, close: () => Promise.resolve() };
}

/** Accepts connections, reads what comes, and says nothing. */
export function startSilent(): Promise<BrokenHost> {
  return start((socket) => {
    socket.resume();
  });
}

/** Resets every connection as soon as it stands. */
export function startResetting(): Promise<BrokenHost> {
  return start((socket) => {
    socket.resetAndDestroy();
  });
}

/** What is wrong with a certificate. All but `self_signed` are right in every other way to a client that trusts them. */
export type CertificateFault = "self_signed" | "expired" | "wrong_host";

export interface BadlyCertifiedHost extends BrokenHost {
  /** PEM, for clients that are told to trust it. */
  readonly certificate: string;
}

/** Speaks TLS with a certificate that no careful client accepts. */
export async function startBadCertificate(fault: CertificateFault = "self_signed"): Promise<BadlyCertifiedHost> {
  const certificate = selfSigned({
    ...(fault === "expired" ? { notAfter: Date.UTC(2021, 0, 1) } : {}),
    ...(fault === "wrong_host" ? { names: ["elsewhere.example"], addresses: [] } : {}),
  });
  const secure = createSecure(certificate);
  secure.on("tlsClientError", () => undefined);
  const host = await start((socket) => {
    secure.emit("connection", socket);
  });
  return Object.assign(host, { certificate: certificate.cert });
}
