import { type JsonObject, RouterError, seededRandom } from "@modelyard/core";
import { isJsonObject, type StreamPart } from "@modelyard/core/kit";
import { describe, expect, it } from "vitest";
import type { SentCall } from "../../upstream/sent-call.js";
import { answerText, streamScript } from "../../upstream/dialect.js";
import { failure } from "../../helpers/index.js";
import { finishedOf, type ProviderKit } from "./kit.js";

const text = "one two three four five";
/** How many bodies of each kind are tried. Few, since each is a call over a real socket. The seed is fixed. */
const tries = 60;

/** Events that no healthy vendor sends, and that do not end a stream. */
const garbage = [
  "data: {}\n\n",
  "data: null\n\n",
  "data: 5\n\n",
  "data: [\n\n",
  "data: \n\n",
  "event: ping\n\n",
  "foo: bar\n\n",
  ": \u0000\n\n",
  "\r\r\n\n",
  'data: {"choices":null,"usage":5}\n\n',
  'data: {"choices":[null,5,[]]}\n\n',
  'data: {"choices":"x","type":5}\n\n',
  'data: {"choices":[{"index":1e21,"delta":null}]}\n\n',
  'data: {"choices":[{"index":0,"delta":{"tool_calls":[null,{"index":"x"}]}}]}\n\n',
  'data: {"choices":[],"usage":{"prompt_tokens":1e308,"completion_tokens":-1,"total_tokens":"x"}}\n\n',
  'data: {"__proto__":{"error":1},"constructor":1}\n\n',
  'data: {"type":"content_block_delta"}\n\n',
  'data: {"type":"content_block_delta","index":9,"delta":{"type":"text_delta"}}\n\n',
  'data: {"type":"content_block_start","index":"x","content_block":null}\n\n',
  'data: {"type":"content_block_stop","index":1e21}\n\n',
  'data: {"type":"message_start","message":{"usage":{"input_tokens":[]}}}\n\n',
  'data: {"type":"error","error":{"type":"x","message":{"detail":[{}]}}}\n\n',
  `data: {"choices":[],"deep":${"[".repeat(3_000)}${"]".repeat(3_000)}}\n\n`,
  "\uFEFF\n\n",
  "\u2028: \u2029\n\n",
] as const;

const values = [
  "",
  "0",
  "-1",
  "1e3",
  "9".repeat(300),
  "NaN",
  "6m0s",
  "2026-99-99T00:00:00Z",
  "x".repeat(5_000),
  "1, 2",
];
const names = [
  "retry-after",
  "retry-after-ms",
  "x-request-id",
  "request-id",
  "x-ratelimit-remaining-requests",
  "x-ratelimit-reset-requests",
  "anthropic-ratelimit-tokens-limit",
  "anthropic-ratelimit-tokens-reset",
];

/** The text of a stream, as far as its chunks are valid. */
function textIn(parts: readonly StreamPart[]): string {
  let joined = "";
  for (const { choices } of parts.flatMap((part) => part.chunks as unknown as readonly JsonObject[])) {
    if (!Array.isArray(choices)) continue;
    for (const choice of choices as readonly unknown[]) {
      const delta = isJsonObject(choice) ? choice["delta"] : undefined;
      if (isJsonObject(delta) && typeof delta["content"] === "string") joined += delta["content"];
    }
  }
  return joined;
}

/** Whatever a vendor sends, the result is an answer, a stream that ended as reported, or a provider error. */
export function describeHostileVendors(kit: ProviderKit): void {
  const { dialect } = kit.setup;
  // Only the author of a custom wire knows what nonsense looks like in it.
  if (dialect === undefined) return;
  const sent: SentCall = {
    dialect,
    wire: undefined,
    operation: dialect === "anthropic" ? "messages" : "chat",
    model: "vendor-model",
    stream: true,
    body: {},
  };

  describe("whatever a vendor sends", () => {
    const random = seededRandom(20_260_101);
    const below = (limit: number): number => Math.floor(random.next() * limit);
    const one = <Item>(items: readonly Item[]): Item => items[below(items.length)] as Item;
    const headers = (): Record<string, string> => ({
      "content-type": one(["application/json", "text/event-stream", "text/plain", "text/html; x"]),
      ...Object.fromEntries(Array.from({ length: below(4) }, () => [one(names), one(values)])),
    });
    const { opening, contents, finishing, ending } = streamScript(sent, { text });
    const events = [...opening, ...contents, ...finishing, ...ending];
    const whole = events.join("");

    /** The outcome of a stream: its parts, and the error that ended it, if any. */
    const outcome = async (body: string): Promise<{ readonly parts: StreamPart[]; readonly error: unknown }> => {
      const splitBytes = [1 + below(40), 1 + below(400)];
      kit.upstream.script({}, { body, headers: { ...headers(), "content-type": "text/event-stream" }, splitBytes });
      const parts: StreamPart[] = [];
      const error = await kit.read({}, parts).then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      return { parts, error };
    };

    /** The problem with an outcome, if any: only provider errors may be thrown, and a finished stream must be complete. */
    const faultOf = ({ parts, error }: Awaited<ReturnType<typeof outcome>>): string | undefined => {
      if (error !== undefined && !(RouterError.isInstance(error) && error.source === "provider"))
        return `threw ${error instanceof Error ? error.message : typeof error}`;
      const finished = finishedOf(parts) > 0 || parts.some((part) => part.done);
      return finished && textIn(parts) !== text ? `finished with "${textIn(parts)}"` : undefined;
    };

    it("is not taken for a complete stream if it was cut anywhere", async () => {
      for (let count = 0; count < tries; count += 1) {
        const cut = below(whole.length);
        expect([cut, faultOf(await outcome(whole.slice(0, cut)))]).toEqual([cut, undefined]);
      }
    });

    it("leads to a stream or a provider error with garbage between the events", async () => {
      for (let count = 0; count < tries; count += 1) {
        const at = below(events.length);
        const extra = Array.from({ length: 1 + below(3) }, () => one(garbage));
        const body = [...events.slice(0, at), ...extra, ...events.slice(at)].join("");
        expect([extra, faultOf(await outcome(body))]).toEqual([extra, undefined]);
      }
    });

    it("leads to an answer or a provider error when a plain body is cut, doubled or changed", async () => {
      const answer = answerText(sent, { text });
      for (let count = 0; count < tries; count += 1) {
        const at = below(answer.length);
        const changed = one([
          answer.slice(0, at),
          answer.slice(at),
          answer + answer,
          answer.slice(0, at) +
            one(["null", '"', "{", "[[", "\u0000", "1e999", ",", "\uFEFF"]) +
            answer.slice(at + below(30)),
          whole,
        ]);
        kit.upstream.script(
          {},
          { body: changed, headers: headers(), status: one([200, 200, 200, 203, 400, 429, 500]) },
        );
        const result = await kit.answer().catch((thrown: unknown) => thrown);
        const good = RouterError.isInstance(result) ? result.source === "provider" : isJsonObject(result);
        expect([changed.slice(0, 2_000), good]).toEqual([changed.slice(0, 2_000), true]);
      }
    });

    it("leads to a provider error when an answer or an event has an object with too many keys", async () => {
      // Parsing a million keys takes seconds; an otherwise valid body with this many is rejected without being parsed.
      const more = `"more":{${Array.from({ length: 60_000 }, (_, key) => `"k${String(key)}":1`).join(",")}},`;
      kit.upstream.script(
        {},
        { body: answerText(sent, { text }).replace("{", `{${more}`) },
        { body: whole.replace(/(?<=data: ?)\{/u, `{${more}`), headers: { "content-type": "text/event-stream" } },
      );
      const errors = [await kit.error(), await kit.error({ stream: true })];
      expect(errors.map(({ kind }) => kind)).toEqual(["invalid_response", "invalid_response"]);
    });

    it("leads to a provider error when a failure has arbitrary headers", async () => {
      for (let count = 0; count < tries; count += 1) {
        kit.upstream.script({}, { status: 400 + below(200), headers: headers() });
        const { call, operation } = kit.make();
        const error = await failure(kit.provider.call(operation, call));
        const wait = error.retryAfterMs ?? 0;
        expect([error.source, wait >= 0 && wait <= 86_400_000]).toEqual(["provider", true]);
      }
    });
  });
}
