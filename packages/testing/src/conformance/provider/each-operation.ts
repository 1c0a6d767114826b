import type { JsonObject, OperationName, RouterError, Usage } from "@modelyard/core";
import { isJsonObject, operations, type StreamPart } from "@modelyard/core/kit";
import { describe, expect, it } from "vitest";
import { breaks, callsTools, replies } from "../../upstream/behavior.js";
import { finishedOf, type ProviderKit, textOf } from "./kit.js";

const text = "zwölf 日本 🙂 done";
const toolCalls = [
  { id: "c1", name: "weather", arguments: '{"city":"Zürich"}' },
  { id: "c2", name: "time", arguments: '{"zone":"CET"}' },
];

/** What the finish reasons of an answer or an event mean. */
function endingsIn(operation: OperationName, value: JsonObject): readonly unknown[] {
  const { reads, finishReasons } = operations[operation];
  const reasons = (reads.choices(value) ?? []).map((choice) => reads.finishReason(choice));
  return reasons.flatMap((reason) => (reason === undefined ? [] : [finishReasons[reason.toLowerCase()]]));
}

function chunksIn(parts: readonly StreamPart[]): readonly JsonObject[] {
  return parts.flatMap((part) => part.chunks as unknown as readonly JsonObject[]);
}

/** The answer that a stream amounts to. */
function assembled(operation: OperationName, parts: readonly StreamPart[]): JsonObject {
  return operations[operation].assemble?.(chunksIn(parts)) ?? {};
}

/** All strings in a value, those within JSON texts included. */
function stringsIn(value: unknown): readonly string[] {
  if (typeof value === "string") return value.startsWith("{") ? stringsIn(JSON.parse(value)) : [value];
  if (Array.isArray(value)) return value.flatMap(stringsIn);
  return isJsonObject(value) ? Object.values(value).flatMap(stringsIn) : [];
}

/** What holds for every operation of a provider, whatever its format is. */
export function describeEachOperation(kit: ProviderKit): void {
  const withTools = kit.streamed.filter((operation) => operations[operation].needs.tools({ tools: [{}] }));
  const reported = { prompt_tokens: 9, completion_tokens: 12, total_tokens: 21 };

  describe.each(kit.streamed)("the operation %s", (operation) => {
    const { reads, fault, empty } = operations[operation];

    it("is answered in its own format, with the text, the end and the usage", async () => {
      kit.upstream.script({}, replies(text));
      const value = (await kit.answer({ operation })).value as unknown as JsonObject;
      expect([fault(value), empty(value), reads.text(value)]).toEqual([undefined, false, text]);
      expect(endingsIn(operation, value)).toEqual(["complete"]);
      expect(reads.usage(value)).toMatchObject(reported);
    });

    it("is streamed as events that amount to the same answer", async () => {
      kit.upstream.script({}, replies(text));
      const parts = await kit.read({ operation });
      const answer = assembled(operation, parts);
      expect([fault(answer), reads.text(answer), textOf(parts, operation)]).toEqual([undefined, text, text]);
      expect(endingsIn(operation, answer)).toEqual(["complete"]);
    });

    it("is streamed with facts about content, the end and the usage that fit the events", async () => {
      // With gaps, so that the finish reason does not arrive together with the last word.
      kit.upstream.script({}, replies(text, { gapMs: 5 }));
      const parts = await kit.read({ operation });
      for (const part of parts) {
        const length = chunksIn([part]).reduce((sum, chunk) => sum + reads.contentLength(chunk), 0);
        expect([part.content, part.contentLength ?? length]).toEqual([length > 0, length]);
      }
      const written = chunksIn(parts).flatMap((chunk) => endingsIn(operation, chunk));
      expect([finishedOf(parts), written]).toEqual([1, ["complete"]]);
      expect([parts.filter((part) => part.done).length, parts.at(-1)?.done]).toEqual([1, true]);
      expect(parts.findLast((part) => part.usage !== undefined)?.usage).toMatchObject(reported);
    });

    it.each([
      ["in single bytes", { splitBytes: 1 }],
      ["in pieces of any size", { splitBytes: [1, 7, 3, 40] }],
      ...(kit.setup.wire === undefined ? [["with CRLF", { crlf: true, splitBytes: [1, 4, 2] }] as const] : []),
      ["all at once", { atOnce: true }],
    ] as const)("is streamed complete if it arrives %s", async (_, behavior) => {
      kit.upstream.script({}, replies(text, behavior));
      const parts = await kit.read({ operation });
      expect([textOf(parts, operation), finishedOf(parts), parts.at(-1)?.done]).toEqual([text, 1, true]);
    });

    it.each(kit.finishReasons.includes("length") ? ["max_tokens"] : [])(
      "says that the answer was cut off: %s",
      async () => {
        kit.upstream.script({}, replies(text, { finishReason: "length" }));
        const { value } = await kit.answer({ operation });
        expect(endingsIn(operation, value as unknown as JsonObject)).toEqual(["cut"]);
        const parts = await kit.read({ operation });
        expect(endingsIn(operation, assembled(operation, parts))).toEqual(["cut"]);
        expect(finishedOf(parts)).toBe(1);
      },
    );

    it.each(kit.needs("cachedTokens"))("reports the %s of the prompt", async () => {
      const usage: Usage = {
        prompt_tokens: 100,
        completion_tokens: 5,
        total_tokens: 105,
        prompt_tokens_details: { cached_tokens: 60, cache_write_tokens: 10 },
      };
      const seen = { prompt_tokens: 100, total_tokens: 105, prompt_tokens_details: { cached_tokens: 60 } };
      kit.upstream.script({}, replies("x", { usage }));
      const { value } = await kit.answer({ operation });
      expect(reads.usage(value as unknown as JsonObject)).toMatchObject(seen);
      const parts = await kit.read({ operation });
      expect(parts.findLast((part) => part.usage !== undefined)?.usage).toMatchObject(seen);
    });

    it("does not count a stream as finished that ends early", async () => {
      kit.upstream.script({}, breaks("truncated_stream"));
      const parts: StreamPart[] = [];
      const source = await kit.read({ operation }, parts).then(
        () => "provider",
        (error: RouterError) => error.source,
      );
      expect(source).toBe("provider");
      expect([finishedOf(parts), parts.some((part) => part.done)]).toEqual([0, false]);
    });

    it.each(
      kit.forDialects([
        ["an error in its stream", true, "error_event_after_content"],
        ["an error instead of content", true, "error_event_before_content"],
        ["an event that is not JSON", true, "malformed_event"],
        ["a connection that breaks", true, "reset_mid_stream"],
        ["an error with a success status", false, "error_in_200"],
        ["half an answer", false, "truncated_json"],
      ] as const),
    )("fails with a provider error after %s", async (_, stream, fault_) => {
      kit.upstream.script({}, breaks(fault_));
      expect(await kit.error({ operation, stream })).toMatchObject({ source: "provider" });
    });
  });

  describe.each(kit.needs("tools").length === 0 ? [] : withTools)("tool calls of the operation %s", (operation) => {
    it("are in the answer, and the same in a stream", async () => {
      kit.upstream.script({}, callsTools(toolCalls));
      const { value } = await kit.answer({ operation });
      const parts = await kit.read({ operation });
      const expected = toolCalls.flatMap((call) => [call.id, call.name, ...stringsIn(call.arguments)]);
      expect(stringsIn(value)).toEqual(expect.arrayContaining(expected));
      expect(stringsIn(assembled(operation, parts))).toEqual(expect.arrayContaining(expected));
      expect(parts.some((part) => part.content)).toBe(true);
    });
  });
}
