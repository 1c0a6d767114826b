import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** What happens to one command in the network. */
export interface CommandFate {
  /** How often it is sent to Redis; the first reply counts. 0: the connection breaks before it is sent. @defaultValue 1 */
  readonly copies?: number;
  /** Whether the connection breaks before the reply arrives. @defaultValue false */
  readonly loseReply?: boolean;
  /** Delay of the reply and of everything after it, in milliseconds. @defaultValue 0 */
  readonly delayMs?: number;
  /** Sends another copy after this long, in milliseconds. Its reply is dropped. */
  readonly againAfterMs?: number;
}

export interface RespProxy {
  readonly port: number;
  readonly url: string;
  /** Decides what happens to a command, by its words. @defaultValue nothing happens to any command */
  fate: (words: readonly string[]) => CommandFate;
  /** Stops passing data on the current connections without closing them, so that they are half-open. */
  mute(): void;
  /** Number of commands that have arrived so far. */
  readonly commands: number;
  /** Breaks all connections. */
  drop(): void;
  stop(): Promise<void>;
}

/** End of the RESP value at `start`. -1: it is incomplete. */
function endOf(bytes: Buffer, start: number): number {
  const line = bytes.indexOf("\r\n", start);
  if (line === -1) return -1;
  const kind = String.fromCharCode(bytes[start] ?? 0);
  const length = Number(bytes.toString("latin1", start + 1, line));
  if (kind === "$" || kind === "=" || kind === "!") {
    const end = length < 0 ? line + 2 : line + 4 + length;
    return end <= bytes.length ? end : -1;
  }
  if (!"*%~>".includes(kind)) return line + 2;
  let at = line + 2;
  for (let count = Math.max(0, length) * (kind === "%" ? 2 : 1); count > 0; count -= 1) {
    at = endOf(bytes, at);
    if (at === -1) return -1;
  }
  return at;
}

function wordsOf(command: Buffer): readonly string[] {
  const words: string[] = [];
  let at = command.indexOf("\r\n") + 2;
  while (at < command.length) {
    const end = endOf(command, at);
    words.push(command.toString("utf8", command.indexOf("\r\n", at) + 2, end - 2));
    at = end;
  }
  return words;
}

/** Splits a stream into complete RESP values. */
function cutter(take: (bytes: Buffer) => void): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    while (rest.length > 0) {
      const end = endOf(rest, 0);
      if (end === -1) return;
      const whole = Buffer.from(rest.subarray(0, end));
      rest = rest.subarray(end);
      take(whole);
    }
  };
}

/** One client's connection to Redis. */
class Passage {
  muted = false;
  readonly #fate: (words: readonly string[]) => CommandFate;
  readonly #client: Socket;
  readonly #redis: Socket;
  /** What happens to the replies that are due, in order. */
  readonly #owed: ((reply: Buffer) => void)[] = [];
  /** Keeps the replies in order. */
  #before: Promise<void> = Promise.resolve();

  constructor(fate: (words: readonly string[]) => CommandFate, client: Socket, redis: Socket) {
    this.#fate = fate;
    this.#client = client;
    this.#redis = redis;
    client.on(
      "data",
      cutter((command) => {
        this.#send(command);
      }),
    );
    redis.on(
      "data",
      cutter((reply) => {
        const take = this.#owed.shift();
        // Messages of channels are not replies to a command.
        if (take === undefined) this.#deliver(reply, 0);
        else take(reply);
      }),
    );
  }

  #send(command: Buffer): void {
    if (this.muted) return;
    const { copies = 1, loseReply = false, delayMs = 0, againAfterMs } = this.#fate(wordsOf(command));
    if (copies === 0) this.#client.destroy();
    for (let copy = 0; copy < copies; copy += 1) {
      this.#owed.push((reply) => {
        if (copy > 0) return;
        if (loseReply) this.#client.destroy();
        else this.#deliver(reply, delayMs);
      });
      this.#redis.write(command);
    }
    if (againAfterMs === undefined) return;
    setTimeout(() => {
      if (this.#redis.destroyed) return;
      this.#owed.push(() => undefined);
      this.#redis.write(command);
    }, againAfterMs);
  }

  #deliver(reply: Buffer, delayMs: number): void {
    const at = performance.now() + delayMs;
    this.#before = this.#before.then(async () => {
      const left = at - performance.now();
      if (left > 0) {
        await new Promise((resolve) => {
          setTimeout(resolve, left);
        });
      }
      if (!this.muted && !this.#client.destroyed) this.#client.write(reply);
    });
  }
}

/** Starts an unreliable network in front of a real Redis, which loses, delays and repeats commands and replies. */
export async function startRespProxy(redisPort: number): Promise<RespProxy> {
  const sockets = new Set<Socket>();
  const passages = new Set<Passage>();
  let commands = 0;
  const drop = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  const server = createServer((client) => {
    const redis = connect(redisPort, "127.0.0.1");
    const passage = new Passage(
      (words) => {
        commands += 1;
        return proxy.fate(words);
      },
      client,
      redis,
    );
    passages.add(passage);
    for (const socket of [client, redis]) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on("error", () => undefined);
      socket.on("close", () => {
        sockets.delete(socket);
        passages.delete(passage);
        client.destroy();
        redis.destroy();
      });
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const proxy: RespProxy = {
    port,
    url: `redis://127.0.0.1:${String(port)}`,
    fate: () => ({}),
    get commands() {
      return commands;
    },
    mute: () => {
      for (const passage of passages) passage.muted = true;
    },
    drop,
    stop: async () => {
      drop();
      server.close();
      await once(server, "close");
    },
  };
  return proxy;
}
