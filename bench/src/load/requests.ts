import { textEvents } from "../servers/canned-answers.js";

/** One row of the table: what is asked, how often at once. */
export interface Test {
  readonly name: string;
  readonly connections: number;
  /** The model group that is asked for; also the upstream's kind of answer. */
  readonly group: string;
  /** Bytes of the prompt. */
  readonly promptBytes: number;
  readonly stream: boolean;
  /** Events of one answer; 0: a whole answer. */
  readonly events: number;
}

const sizes = [1, 10, 100] as const;
const connectionCounts = [1, 64, 256] as const;

/** Names of the model groups that every target must know. */
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

/** Every combination of connections, sizes and kinds. */
export const allTests: readonly Test[] = connectionCounts.flatMap(rows);

/** Those with a bar, for a quick look. */
export const quickTests: readonly Test[] = allTests.filter(
  ({ group, connections }) => (group === "1024" || group === "events") && connections < 256,
);

/** What only one target needs. */
export interface Addressing {
  /** @defaultValue `/v1` */
  readonly basePath?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A request as it goes over the wire. */
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
