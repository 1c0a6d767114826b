import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { ConditionWatch } from "@modelyard/testing";

/** One connection, as the server sees it. */
export class RawConnection {
  readonly socket: Socket;
  /** Everything that has arrived so far. */
  received = "";
  /** When it was closed, by `performance.now()`. */
  closedAt: number | undefined;

  constructor(socket: Socket) {
    this.socket = socket;
  }

  /** The number of requests whose heads have arrived. Only correct if bodies do not contain empty lines. */
  get requests(): number {
    return this.received.split("\r\n\r\n").length - 1;
  }

  write(text: string): void {
    this.socket.write(text);
  }
}

/** A server that sends exactly the bytes that the test chooses. */
export class RawServer {
  readonly connections: RawConnection[] = [];
  /** Called with each piece that arrives. */
  onData: (connection: RawConnection, text: string) => void = () => undefined;
  readonly #server: Server;
  readonly #watch = new ConditionWatch();

  constructor() {
    this.#server = createServer({ noDelay: true }, (socket) => {
      const connection = new RawConnection(socket);
      this.connections.push(connection);
      socket.on("error", () => undefined);
      socket.on("data", (bytes: Buffer) => {
        connection.received += bytes.toString("latin1");
        this.onData(connection, bytes.toString("latin1"));
        this.#watch.changed();
      });
      socket.on("close", () => {
        connection.closedAt = performance.now();
        this.#watch.changed();
      });
      this.#watch.changed();
    });
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get origin(): string {
    return `http://127.0.0.1:${String(this.port)}`;
  }

  get open(): number {
    return this.connections.filter((connection) => connection.closedAt === undefined).length;
  }

  async listen(): Promise<void> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
  }

  /** Sets the next answers. They are sent in order, whatever the requests are, and the last one is repeated. */
  answer(...answers: readonly string[]): void {
    let next = 0;
    this.onData = (connection) => {
      connection.write(answers[Math.min(next, answers.length - 1)] ?? "");
      next += 1;
    };
  }

  until(condition: () => boolean): Promise<void> {
    return this.#watch.until(condition);
  }

  async close(): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    for (const { socket } of this.connections) socket.destroy();
    await closed;
  }
}

export async function startRawServer(): Promise<RawServer> {
  const server = new RawServer();
  await server.listen();
  return server;
}

/** A successful answer with this body. */
export function ok(body: string, headers = ""): string {
  return `HTTP/1.1 200 OK\r\ncontent-length: ${String(Buffer.byteLength(body))}\r\n${headers}\r\n${body}`;
}

/** One piece of a chunked body. */
export function piece(text: string): string {
  return `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
}

export const chunkedHead = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
export const lastPiece = "0\r\n\r\n";
