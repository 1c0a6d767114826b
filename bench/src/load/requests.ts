import { textEvents } from "../servers/canned-answers.js";

/** One row of the table: a request, and how many of them are in flight. */
export interface Test {
  readonly name: string;
  readonly connections: number;
  /** The requested model group, which also selects the upstream's kind of answer. */
  readonly group: string;
  /** Size of the prompt in bytes. */
  readonly promptBytes: number;
  readonly stream: boolean;
  /** Events per answer. 0: not streamed. */
  readonly events: number;
}

const sizes = [1, 10, 100] as const;
const connectionCounts = [1, 64, 256] as const;

/** Names of the model groups that every target must serve. */
export const groups: readonly string[] = [...sizes.map((size) => String(size * 1024)), "events", "paced"];

function rows(connections: number): readonly Test[] {
  const suffix = `, ${String(connections)} conn.`;
  const stream = { connections, promptBytes: 1_000, stream: true, events: textEvents };
  return [
    ...sizes.map((size) => ({
      name: `plain, ${String(size)} KB${suffix}`,
      connections,
      group: String(size * 1024),
      promptBytes: size * 1024 - 100,
      stream: false,
      events: 0,
    })),
    { ...stream, name: `SSE, ${String(textEvents)} events${suffix}`, group: "events" },
    { ...stream, name: `SSE, one in 5 ms${suffix}`, group: "paced" },
  ];
}

/** All combinations of connections, sizes and kinds. */
export const allTests: readonly Test[] = connectionCounts.flatMap(rows);

/** The tests that the chart shows, for a quick run. */
export const quickTests: readonly Test[] = allTests.filter(
  ({ group, connections }) => (group === "1024" || group === "events") && connections < 256,
);

/** What differs between targets. */
export interface Addressing {
  /** @defaultValue `/v1` */
  readonly basePath?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The bytes of a request. */
export function requestBytes(test: Test, { basePath = "/v1", headers }: Addressing): Buffer {
  const body = JSON.stringify({
    model: test.group,
    ...(test.stream ? { stream: true } : {}),
    messages: [{ role: "user", content: "word ".repeat(Math.ceil(test.promptBytes / 5)) }],
  });
  const fields = {
    host: "127.0.0.1",
    "content-type": "application/json",
    authorization: "Bearer k",
    "content-length": String(Buffer.byteLength(body)),
    ...headers,
  };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(`POST ${basePath}/chat/completions HTTP/1.1\r\n${lines.join("")}\r\n${body}`);
}
