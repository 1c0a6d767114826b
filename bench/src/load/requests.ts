import { textEvents } from "../wires/wire.js";
import { crossings, titleOf, type WirePair, wires } from "../wires/wires.js";

/** One row of the table: a request, and how many of them are in flight. */
export interface Test extends WirePair {
  readonly name: string;
  readonly connections: number;
  /** What the upstream answers: a number of bytes, `events` (a stream sent at once), or `paced`. */
  readonly kind: string;
  /** The requested model group. */
  readonly group: string;
  /** Size of the prompt in bytes. */
  readonly promptBytes: number;
  readonly stream: boolean;
  /** Pieces of text per answer. 0: not streamed. */
  readonly events: number;
}

/** A request and its answer, on any wire. */
type Exchange = Pick<Test, "kind" | "promptBytes" | "stream" | "events"> & { readonly label: string };

const connectionCounts = [1, 64, 256] as const;

function plain(kilobytes: number): Exchange {
  const kind = String(kilobytes * 1024);
  return {
    label: `plain, ${String(kilobytes)} KB`,
    kind,
    promptBytes: kilobytes * 1024 - 100,
    stream: false,
    events: 0,
  };
}

const streamed = { promptBytes: 1_000, stream: true, events: textEvents };
const atOnce: Exchange = { ...streamed, label: `SSE, ${String(textEvents)} events`, kind: "events" };
const paced: Exchange = { ...streamed, label: "SSE, one in 5 ms", kind: "paced" };

function testsOf(pair: WirePair, exchanges: readonly Exchange[], connections: number): readonly Test[] {
  return exchanges.map(({ label, ...exchange }) => ({
    ...pair,
    ...exchange,
    name: `${titleOf(pair)}, ${label}, ${String(connections)} conn.`,
    connections,
    group: `${exchange.kind}-${pair.vendor}`,
  }));
}

const plainAnswers = [plain(1), plain(10), plain(100)];

/** Chat callers of a chat vendor, with all combinations of connections, sizes and kinds. */
export const chatTests: readonly Test[] = connectionCounts
  .flatMap((connections) => testsOf({ caller: "chat", vendor: "chat" }, [...plainAnswers, atOnce, paced], connections))
  // The names and groups that these tests had before there were others. Groups without a wire let the proxy decide.
  .map((test) => ({ ...test, name: test.name.replace("chat, ", ""), group: test.kind }));

/** Callers of the other wires, whose vendors speak the same wire. */
const sameWire: readonly Test[] = connectionCounts.flatMap((connections) =>
  (["messages", "responses"] as const).flatMap((wire) =>
    testsOf({ caller: wire, vendor: wire }, [...plainAnswers, atOnce], connections),
  ),
);

/** Callers whose vendors speak another wire. */
const otherWire: readonly Test[] = crossings.flatMap((pair) => [
  ...testsOf(pair, [atOnce], 1),
  ...testsOf(pair, [plain(1), plain(10), atOnce], 64),
]);

/** The tests of `--wires`. */
export const wireTests: readonly Test[] = [...sameWire, ...otherWire];

/** The tests that the chart shows, for a quick run. */
export const quickTests: readonly Test[] = chatTests.filter(
  ({ kind, connections }) => (kind === "1024" || kind === "events") && connections < 256,
);

/** All tests whose names begin with a text. */
export function testsNamed(start: string): readonly Test[] {
  return [...chatTests, ...wireTests].filter(({ name }) => name.startsWith(start));
}

/** Whether a test is one of chat callers, which all targets can do. */
export function isOfChat({ group, kind }: Test): boolean {
  return group === kind;
}

/** What differs between targets. */
export interface Addressing {
  /** @defaultValue `/v1` */
  readonly basePath?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The bytes of a request. */
export function requestBytes(test: Test, { basePath = "/v1", headers }: Addressing): Buffer {
  const wire = wires[test.caller];
  const body = JSON.stringify({
    model: test.group,
    ...(test.stream ? { stream: true } : {}),
    ...wire.request("word ".repeat(Math.ceil(test.promptBytes / 5))),
  });
  const fields = {
    host: "127.0.0.1",
    "content-type": "application/json",
    ...wire.headers,
    "content-length": String(Buffer.byteLength(body)),
    ...headers,
  };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(`POST ${basePath}${wire.path} HTTP/1.1\r\n${lines.join("")}\r\n${body}`);
}
