import type { ErrorKind, JsonObject, OperationName, RouterError } from "@modelyard/core";
import { finishMeaning, isFailure, openaiFinishReasons, operations, type StreamPart } from "@modelyard/core/kit";
import { describe, expect, it } from "vitest";
import { type Behavior, breaks, callsTools, replies } from "../../upstream/behavior.js";
import type { VendorFailureName } from "../../upstream/failure.js";
import { vendorFailure } from "../../upstream/vendor-failures.js";
import { insideMessage } from "../../upstream/wire.js";
import { failure } from "../../helpers/index.js";
import { chunksOf, finishedOf, openaiReasons, type ProviderKit, textOf, toolPiecesOf } from "./kit.js";
import type { ProviderSetup } from "./setup.js";

/** The finish reasons in an answer or an event, in order. */
function reasonsIn(value: JsonObject, operation: OperationName): readonly string[] {
  const { reads } = operations[operation];
  const reasons = (reads.choices(value) ?? []).map((choice) => reads.finishReason(choice));
  return reasons.filter((reason) => reason !== undefined);
}

/** The finish reasons in the events of some parts, in order. */
function writtenIn(parts: readonly StreamPart[], operation: OperationName = "chat"): readonly string[] {
  return parts.flatMap(({ chunks }) => chunks.flatMap((chunk) => reasonsIn(chunk as unknown as JsonObject, operation)));
}

/** Whether no choice counts as finished after the part that `goesOn` finds, unless that part finishes it again. */
function openWhile(parts: readonly StreamPart[], goesOn: (part: StreamPart) => boolean): boolean {
  const at = parts.findIndex((part) => goesOn(part) && writtenIn([part]).length === 0);
  return at === -1 || finishedOf(parts.slice(0, at + 1)) === 0;
}

const text = "one two three";
/** Ways in which the network may split a stream. */
const cuts: readonly (readonly [string, Behavior])[] = [
  ["event by event", { gapMs: 5 }],
  ["all at once", { atOnce: true }],
  ["split anywhere", { splitBytes: [30, 7, 64] }],
];

/** Finish reasons that OpenAI does not have, and that a provider passes on. */
function otherReasons({ wire }: ProviderSetup): readonly string[] {
  const own = wire === undefined ? ["error", "insufficient_system_resource", "vendor_trouble"] : wire.finishReasons;
  return own?.filter((reason) => !openaiReasons.has(reason)) ?? [];
}

/** An error inside a choice, and the provider error that is expected. */
interface ErrorInside {
  readonly eventFailure?: VendorFailureName;
  /** The expected error kind, which is not checked if `undefined`. */
  readonly kind?: ErrorKind;
  readonly reason: string;
}

/** Errors that the vendor puts into a choice. None if the wire cannot express them. */
function errorsInside({ wire, dialect }: ProviderSetup): readonly ErrorInside[] {
  if (wire !== undefined) return wire.failureInside === undefined ? [] : [{ reason: insideMessage }];
  if (dialect === "anthropic") return [];
  const named = [
    ["rate_limit_tokens", "rate_limit"],
    ["context_window", "context_window_exceeded"],
    ["server_error", "internal_server"],
  ] as const;
  return named.map(([eventFailure, kind]) => {
    const { error } = JSON.parse(vendorFailure(dialect, eventFailure).body) as { error: { message: string } };
    return { eventFailure, kind, reason: error.message };
  });
}

/** How answers end: finish reasons, errors inside choices, and endings that later content revokes. */
export function describeEndings(kit: ProviderKit): void {
  describeFinishReasons(kit);
  describeErrorsInside(kit);
}

function describeFinishReasons(kit: ProviderKit): void {
  const { setup } = kit;
  const { dialect } = setup;
  const others = otherReasons(setup);
  // Streams that finish more than once. None if the wire cannot express them.
  const resumed = setup.wire === undefined || setup.wire.resumes === true ? cuts.slice(0, 2) : [];
  describe("finish reasons", () => {
    const inChoices = kit.streamed.filter((name) => operations[name].finishReasons === openaiFinishReasons);
    const ends = others.flatMap((reason) => inChoices.map((operation) => [reason, operation] as const));
    const failures = others.filter((reason) =>
      kit.streamed.every((name) => isFailure(finishMeaning(reason, operations[name].finishReasons))),
    );
    const elsewhere = kit.streamed.filter((name) => !inChoices.includes(name));
    it.each(ends)("that only the vendor has are passed on unchanged: %s of %s", async (finishReason, operation) => {
      kit.upstream.script({}, replies(text, { finishReason }));
      const { value } = await kit.answer({ operation });
      expect(reasonsIn(value as unknown as JsonObject, operation)).toEqual([finishReason]);
      const parts = await kit.read({ operation });
      const facts = [writtenIn(parts, operation), finishedOf(parts), textOf(parts, operation)];
      expect(facts).toEqual([[finishReason], 1, text]);
    });

    it.each(failures.flatMap((reason) => elsewhere.map((operation) => [reason, operation] as const)))(
      "that mean a failure are passed on, or fail the call: %s of %s",
      async (finishReason, operation) => {
        kit.upstream.script({}, replies(text, { finishReason }));
        const ending = (reasons: readonly string[]): string => reasons.join();
        const plain = kit.answer({ operation }).then(
          ({ value }) => ending(reasonsIn(value as unknown as JsonObject, operation)),
          (error: RouterError) => error.kind,
        );
        const parts: StreamPart[] = [];
        const streamed = kit.read({ operation }, parts).then(
          () => ending(writtenIn(parts, operation)),
          (error: RouterError) => error.kind,
        );
        const endings = [await plain, await streamed];
        const expected = new Set([finishReason, finishMeaning(finishReason, openaiFinishReasons)]);
        expect(endings.filter((each) => !expected.has(each))).toEqual([]);
        expect(textOf(parts, operation)).toBe(text);
      },
    );

    it.each([...kit.finishReasons, ...others])(
      "in the facts of a stream's parts match those in its events: %s",
      async (finishReason) => {
        kit.upstream.script({}, replies(text, { finishReason }));
        for (const part of await kit.read()) expect(part.finishReasons ?? writtenIn([part])).toEqual(writtenIn([part]));
      },
    );

    it.each(others.flatMap((reason) => cuts.map(([name, behavior]) => [reason, name, behavior] as const)))(
      "that may mean a failure are in a separate part, after the preceding content: %s, %s",
      async (finishReason, _, behavior) => {
        kit.upstream.script({}, replies(text, { finishReason, ...behavior }));
        const parts = await kit.read();
        const at = parts.findIndex((part) => writtenIn([part]).length > 0);
        expect([textOf(parts.slice(0, at)), parts[at]?.content]).toEqual([text, false]);
      },
    );

    it.each(resumed)("that are repeated count once: %s", async (_, behavior) => {
      kit.upstream.script({}, breaks("repeated_finish", { text, ...behavior }));
      const parts = await kit.read();
      expect([textOf(parts), finishedOf(parts), parts.at(-1)?.done]).toEqual([text, 1, true]);
    });

    it.each(resumed)("are revoked by content that follows them, and none of it is lost: %s", async (_, more) => {
      kit.upstream.script({}, breaks("content_after_finish", { text, ...more }));
      const parts = await kit.read();
      expect([textOf(parts), finishedOf(parts), parts.at(-1)?.done]).toEqual([text, 1, true]);
      expect(openWhile(parts, (part) => textOf([part]).startsWith("two"))).toBe(true);
    });

    it.each(resumed.length === 0 ? [] : kit.needs("tools"))(
      "are revoked by a call of %s that follows them",
      async () => {
        const calls = ["a", "b"].map((id) => ({ id, name: "time", arguments: '{"zone":"CET"}' }));
        kit.upstream.script({}, callsTools(calls, { fault: "content_after_finish", faultAfter: 3, gapMs: 2 }));
        const parts = await kit.read();
        const pieces = toolPiecesOf(parts);
        const written = [0, 1].map((index) =>
          pieces
            .filter((piece) => piece.index === index)
            .map((piece) => piece.function?.arguments ?? "")
            .join(""),
        );
        expect([written, finishedOf(parts)]).toEqual([['{"zone":"CET"}', '{"zone":"CET"}'], 1]);
        expect(openWhile(parts, (part) => toolPiecesOf([part]).some(({ index }) => index === 1))).toBe(true);
      },
    );

    it.each(dialect === "openai" || dialect === "azure" ? [[20]] : [])(
      "do not end a stream before its usage, which may arrive %i ms later",
      async (usageMs) => {
        kit.upstream.script({}, replies(text, { usageMs }));
        const parts = await kit.read({ fields: { stream_options: { include_usage: true } } });
        expect(parts.findLast((part) => part.usage !== undefined)?.usage?.total_tokens).toBe(21);
        expect(chunksOf(parts).some((chunk) => (chunk as { usage?: unknown }).usage != null)).toBe(true);
      },
    );
  });
}

function describeErrorsInside(kit: ProviderKit): void {
  const errors = errorsInside(kit.setup);
  if (errors.length === 0) return;
  describe("errors inside a choice", () => {
    const cases = errors.flatMap((inside) =>
      [{}, { finishReason: "error" }, { finishReason: "stop" }].map((options) => [inside, options] as const),
    );
    it.each(cases)("are failures of the vendor, with its reason: %j, %j", async (inside, options) => {
      const { kind, reason, eventFailure } = inside;
      for (const fault of ["choice_error_before_content", "choice_error_after_content"] as const) {
        kit.upstream.script({}, breaks(fault, { ...options, ...(eventFailure === undefined ? {} : { eventFailure }) }));
        for (const stream of [false, true]) {
          const error = await kit.error({ stream });
          expect(error).toMatchObject({ source: "provider", provider: kit.provider.name, kind: kind ?? error.kind });
          expect(error.message).toContain(reason);
        }
      }
    });

    it.each(cuts)("are reported after the preceding content: %s", async (_, more) => {
      kit.upstream.script({}, breaks("choice_error_after_content", { text, faultAfter: 2, ...more }));
      const parts: StreamPart[] = [];
      expect(await failure(kit.read({}, parts))).toMatchObject({ source: "provider" });
      expect(textOf(parts)).toBe("one two ");
    });
  });
}
