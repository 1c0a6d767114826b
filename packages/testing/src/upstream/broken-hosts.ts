import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { createServer as createSecure } from "node:tls";
import { selfSigned } from "./certificate.js";

/** A host that fails before HTTP begins. */
export interface BrokenHost {
  /** For example `http://127.0.0.1:1234`. */
  readonly url: string;
  /** The same address with `https`. With a silent host, the TLS handshake never ends. */
  readonly secureUrl: string;
  /** Number of connections so far. */
  readonly connections: number;
  /** Number of open connections. */
  readonly sockets: number;
  close(): Promise<void>;
}

/** A URL whose host name never resolves. Source: RFC 6761, section 6.4. */
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

/** A port without a listener: connections are refused. */
export async function startRefusing(): Promise<BrokenHost> {
  const host = await start((socket) => {
    socket.destroy();
  });
  await host.close();
  return { ...host, connections: 0, sockets: 0, close: () => Promise.resolve() };
}

/** Accepts connections and reads, but never sends anything. */
export function startSilent(): Promise<BrokenHost> {
  return start((socket) => {
    socket.resume();
  });
}

/** Resets every connection as soon as it is established. */
export function startResetting(): Promise<BrokenHost> {
  return start((socket) => {
    socket.resetAndDestroy();
  });
}

/** The fault of a certificate. It is the only one, except that all certificates are self-signed. */
export type CertificateFault = "self_signed" | "expired" | "wrong_host";

export interface BadlyCertifiedHost extends BrokenHost {
  /** The certificate in PEM format, for clients that should trust it. */
  readonly certificate: string;
}

/** Serves TLS with a certificate that clients must reject. */
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
