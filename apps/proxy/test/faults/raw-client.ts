import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { ConditionWatch } from "@modelyard/testing";

/** A client on a bare socket, for tests that choose every byte that is sent and check every byte that arrives. */
export class RawClient {
  readonly socket: Socket;
  received = "";
  /** On `performance`'s clock. */
  closedAt: number | undefined;
  readonly #watch = new ConditionWatch();

  constructor(port: number) {
    this.socket = connect({ port, host: "127.0.0.1", noDelay: true, allowHalfOpen: true });
    this.socket.on("error", () => undefined);
    this.socket.on("data", (bytes: Buffer) => {
      this.received += bytes.toString("latin1");
      this.#watch.changed();
    });
    this.socket.on("end", () => {
      this.socket.end();
    });
    this.socket.on("close", () => {
      this.closedAt = performance.now();
      this.#watch.changed();
    });
  }

  /** Statuses of the answers so far. */
  get statuses(): readonly number[] {
    return [...this.received.matchAll(/HTTP\/1\.1 (?<status>\d{3}) /gu)].map((match) =>
      Number(match.groups?.["status"]),
    );
  }

  /** Everything after the first head, chunk sizes included. */
  get body(): string {
    const end = this.received.indexOf("\r\n\r\n");
    return end === -1 ? "" : this.received.slice(end + 4);
  }

  write(text: string | Uint8Array): void {
    this.socket.write(text);
  }

  /** Resolves when `condition` holds. @throws if the connection closes before that */
  async until(condition: (client: this) => boolean): Promise<void> {
    await this.#watch.until(() => condition(this) || this.closedAt !== undefined);
    if (!condition(this)) throw new Error(`the connection closed first, after ${JSON.stringify(this.received)}`);
  }

  closed(): Promise<void> {
    return this.#watch.until(() => this.closedAt !== undefined);
  }

  leave(): void {
    this.socket.destroy();
  }
}

export async function connectRaw(port: number): Promise<RawClient> {
  const client = new RawClient(port);
  await once(client.socket, "connect");
  return client;
}

/** The bytes of a whole request, as text. */
export function post(path: string, body: string, headers: Readonly<Record<string, string>> = {}): string {
  const all = {
    host: "localhost",
    "content-type": "application/json",
    "content-length": String(Buffer.byteLength(body)),
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `POST ${path} HTTP/1.1\r\n${lines.join("")}\r\n${body}`;
}
