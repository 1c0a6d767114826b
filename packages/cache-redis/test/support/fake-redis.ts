import { once } from "node:events";
import { createServer, type Socket } from "node:net";

export interface FakeRedis {
  readonly port: number;
  readonly url: string;
  /** How often each command was received, by name in lower case. */
  readonly received: ReadonlyMap<string, number>;
  /** The reply to a command. `undefined`: what a healthy Redis would reply; `""`: no reply. */
  reply: (words: readonly string[], socket: Socket) => string | undefined;
  /** Called for each connection, before its first command is read. */
  connected: (socket: Socket) => void;
  stop(): Promise<void>;
}

const ok = "+OK\r\n";

export function bulk(text: string): string {
  return `$${String(Buffer.byteLength(text))}\r\n${text}\r\n`;
}

/** Replies as a healthy Redis would to the commands that we send; the scripts grant everything. */
function healthy([command = "", ...args]: readonly string[], resp3: boolean): string {
  switch (command.toLowerCase()) {
    case "hello":
      return resp3 ? `%1\r\n${bulk("proto")}:3\r\n` : "-ERR unknown command 'HELLO'\r\n";
    case "info":
      return bulk("redis_version:8.0.0\r\nloading:0\r\n");
    case "subscribe":
      return args
        .map(
          (channel, index) => `${resp3 ? ">" : "*"}3\r\n${bulk("subscribe")}${bulk(channel)}:${String(index + 1)}\r\n`,
        )
        .join("");
    case "get":
      return bulk("1");
    case "evalsha":
      return args.includes("facts") ? `*1\r\n${bulk("1")}` : "*1\r\n:1\r\n";
    default:
      return ok;
  }
}

/** Splits what arrived into complete commands and the rest. */
function commandsIn(text: string): readonly [commands: readonly (readonly string[])[], rest: string] {
  const commands: (readonly string[])[] = [];
  let at = 0;
  for (;;) {
    const head = /^\*(\d+)\r\n/u.exec(text.slice(at));
    if (head === null) return [commands, text.slice(at)];
    let end = at + head[0].length;
    const words: string[] = [];
    for (let index = 0; index < Number(head[1]); index += 1) {
      const length = /^\$(\d+)\r\n/u.exec(text.slice(end));
      if (length === null) return [commands, text.slice(at)];
      const start = end + length[0].length;
      end = start + Number(length[1]) + 2;
      if (end > text.length) return [commands, text.slice(at)];
      words.push(text.slice(start, end - 2));
    }
    commands.push(words);
    at = end;
  }
}

/** A server on a real socket that can reply with anything. */
export async function startFakeRedis(options: { readonly resp3?: boolean } = {}): Promise<FakeRedis> {
  const received = new Map<string, number>();
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => {
      sockets.delete(socket);
    });
    fake.connected(socket);
    let text = "";
    socket.setEncoding("latin1");
    socket.on("data", (chunk: string) => {
      const [commands, rest] = commandsIn(text + chunk);
      text = rest;
      for (const words of commands) {
        const name = (words[0] ?? "").toLowerCase();
        received.set(name, (received.get(name) ?? 0) + 1);
        socket.write(fake.reply(words, socket) ?? healthy(words, options.resp3 ?? true), "latin1");
      }
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { readonly port: number };
  const fake: FakeRedis = {
    port,
    url: `redis://127.0.0.1:${String(port)}`,
    received,
    reply: () => undefined,
    connected: () => undefined,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
  return fake;
}
