import { describe, expect, it } from "vitest";
import type { StreamPart } from "@modelyard/core/kit";
import { breaks, callsTools, replies } from "../../upstream/behavior.js";
import { readEvents } from "./read-events.js";
import { failure, turnsUntil } from "../../helpers/index.js";
import { chunksOf, finishedOf, type ProviderKit, textOf, toolPiecesOf } from "./kit.js";

const text = "zwölf 日本 🙂 done";

/** Streams: their parts, the facts of the parts, and their endings. */
export function describeStreams(kit: ProviderKit): void {
  describe("streams", () => {
    it.each(kit.needs("tools"))("contain calls of %s, with the arguments in pieces", async () => {
      const toolCalls = [
        { id: "c1", name: "weather", arguments: '{"city":"Zürich","days":[1,2,3]}' },
        { id: "c2", name: "time", arguments: '{"zone":"CET"}' },
      ];
      kit.upstream.script({}, callsTools(toolCalls));
      const parts = await kit.read();
      const pieces = toolPiecesOf(parts);
      for (const [index, call] of toolCalls.entries()) {
        const written = pieces.filter((piece) => piece.index === index).map((piece) => piece.function?.arguments ?? "");
        expect(JSON.parse(written.join(""))).toEqual(JSON.parse(call.arguments));
      }
      expect(parts.filter((part) => toolPiecesOf([part]).length > 0).every((part) => part.content)).toBe(true);
    });

    it("report usage, and include it in the chunks only if the caller requested it", async () => {
      const hidden = await kit.read();
      const shown = await kit.read({ fields: { stream_options: { include_usage: true } } });
      const showing = (parts: readonly StreamPart[]): number =>
        chunksOf(parts).filter((chunk) => (chunk as { usage?: unknown }).usage != null).length;
      expect([showing(hidden), showing(shown)]).toEqual([0, 1]);
      for (const parts of [hidden, shown])
        expect(parts.findLast((part) => part.usage !== undefined)?.usage?.total_tokens).toBe(21);
    });

    it.each([1, 2, 3, 17, 64])("arrive complete if they are split every %i bytes", async (splitBytes) => {
      kit.upstream.script({}, replies(text, { splitBytes }));
      const parts = await kit.read();
      expect([textOf(parts), finishedOf(parts), parts.at(-1)?.done]).toEqual([text, 1, true]);
    });

    it.each([
      // The wire decides how lines end; server-sent events allow several ways.
      ...(kit.setup.wire === undefined
        ? ([
            ["with CRLF", { crlf: true }],
            ["with CRLF, split anywhere", { crlf: true, splitBytes: [1, 4, 2] }],
          ] as const)
        : []),
      ["all at once", { atOnce: true }] as const,
      ...kit
        .needs("keepAlive")
        .map(() => ["with comments in between", { gapMs: 12, firstTokenMs: 12, commentMs: 5 }] as const),
    ])("arrive complete %s", async (_, behavior) => {
      kit.upstream.script({}, replies(text, behavior));
      const parts = await kit.read();
      expect([textOf(parts), finishedOf(parts), parts.at(-1)?.done]).toEqual([text, 1, true]);
    });

    it.each(
      kit.forDialects([
        ["", {}],
        [", split anywhere", { splitBytes: [1, 7, 3] }],
        [", with CRLF", { crlf: true }],
      ] as const),
    )("ignore an event without data, and do not pass it on%s", async (_, more) => {
      kit.upstream.script({}, replies(text, { emptyEvents: true, ...more }));
      const parts = await kit.read();
      expect([textOf(parts), finishedOf(parts), parts.at(-1)?.done]).toEqual([text, 1, true]);
      for (const { bytes } of parts) {
        const events = (bytes === undefined ? "" : new TextDecoder().decode(bytes)).split("\n\n");
        for (const event of events) expect(event).not.toMatch(/^(?:data: ?$|event: ping|id: 7)/u);
      }
    });

    it.each(
      kit.forDialects(["text/plain; charset=utf-8", "application/json", "application/octet-stream", "text/html"]),
    )("are read by their content, also with content type %s", async (type) => {
      const headers = { "content-type": type };
      kit.upstream.script({}, replies(text, { headers }), replies(text, { headers, splitBytes: 1 }));
      for (const parts of [await kit.read(), await kit.read()])
        expect([textOf(parts), finishedOf(parts), parts.at(-1)?.done]).toEqual([text, 1, true]);
    });

    it.each(kit.forDialects(["events"]))(
      "report a failure that is labeled as %s, and a page by its title",
      async () => {
        const headers = { "content-type": "text/event-stream" };
        const body = JSON.stringify({ type: "error", error: { type: "rate_limit_error", message: "Slow down." } });
        kit.upstream.script({}, { body, headers }, { body, headers, splitBytes: 1 }, breaks("wrong_content_type"));
        const errors = [
          await kit.error({ stream: true }),
          await kit.error({ stream: true }),
          await kit.error({ stream: true }),
        ];
        expect(errors.map(({ kind }) => kind)).toEqual(["rate_limit", "rate_limit", "invalid_response"]);
        expect(errors.map(({ message }) => /Slow down\.|Welcome/u.exec(message)?.[0])).toEqual([
          "Slow down.",
          "Slow down.",
          "Welcome",
        ]);
      },
    );

    it.each(kit.forDialects(["an event"]))("are rejected if %s is nested too deeply", async () => {
      const deep = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;
      kit.upstream.script(
        {},
        {
          body: `data: {"type":"x","choices":[],"deep":${deep}}\n\n`,
          headers: { "content-type": "text/event-stream" },
        },
      );
      expect(await kit.error({ stream: true })).toMatchObject({ kind: "invalid_response", source: "provider" });
    });

    it("pass on bytes (if any) that contain the same events", async () => {
      kit.upstream.script({}, replies(text), replies(text, { splitBytes: 5 }), replies(text, { atOnce: true }));
      for (let turn = 0; turn < 3; turn += 1) {
        for (const part of await kit.read()) {
          const read = readEvents(part.bytes);
          expect(part.bytes === undefined ? part.chunks : read.map((data) => JSON.parse(data) as unknown)).toEqual(
            part.chunks,
          );
          expect(read).not.toContain("[DONE]");
        }
      }
    });

    it.each([
      ["truncated_stream", [true, 0, false]],
      // On a wire without an end mark, the finish reason ends an answer.
      ["finish_without_done", [true, 1, !kit.hasEndMark]],
      ["empty_body", [false, 0, false]],
    ] as const)("end with the vendor's stream, finished or not: %s", async (fault, facts) => {
      kit.upstream.script({}, breaks(fault));
      const parts = await kit.read();
      expect([parts.some((part) => part.content), finishedOf(parts), parts.some((part) => part.done)]).toEqual(facts);
    });

    it("end with the end mark even if the body does not, and close the vendor's connection", async () => {
      kit.upstream.script({}, breaks("never_closes"));
      const parts = await kit.read();
      expect([textOf(parts), parts.at(-1)?.done]).toEqual(["Hello from upstream", true]);
      expect(await kit.closedAtOnce()).toBe(true);
    });

    it.each(kit.needs("keepAlive"))("do not count comments as content: %s", async () => {
      kit.upstream.script({}, breaks("comments_only", { commentMs: 1 }));
      const made = kit.make({ stream: true });
      const parts: StreamPart[] = [];
      const running = failure(kit.follow(made, parts));
      const [call] = await kit.upstream.waitForCalls(1);
      await turnsUntil(() => call!.sentBytes > 200);
      made.call.cancellation.cancel("enough");
      await running;
      expect(parts.some((part) => part.content || part.done || part.finished > 0)).toBe(false);
    });

    it.each([
      "reset_mid_stream",
      "malformed_event",
      "malformed_event_amid",
      ...kit.needs("failureEvent").map(() => "error_event_after_content" as const),
    ] as const)("fail on %s, after the content before it", async (fault) => {
      kit.upstream.script({}, breaks(fault, { text: "one two three", faultAfter: 2, gapMs: 5 }));
      const parts: StreamPart[] = [];
      const thrown = await failure(kit.read({}, parts));
      expect(thrown).toMatchObject({ source: "provider", provider: kit.provider.name });
      expect(textOf(parts)).toBe("one two ");
    });

    const named = [
      ["error_event_before_content", "rate_limit_tokens", "rate_limit"],
      ["error_event_after_content", "rate_limit_tokens", "rate_limit"],
      ["error_event_before_content", "context_window", "context_window_exceeded"],
      ["error_event_after_content", "server_error", "internal_server"],
      ["error_in_200", "rate_limit_tokens", "rate_limit"],
    ] as const;
    it.each(kit.setup.wire === undefined ? named : [])(
      "classify failures inside a 200 like those with a status: %s of %s",
      async (fault, eventFailure, kind) => {
        kit.upstream.script({}, breaks(fault, { eventFailure }));
        expect((await kit.error({ stream: true })).kind).toBe(kind);
      },
    );

    it.each(["reset_after_headers", "no_http", "wrong_content_type", "truncated_json", "error_in_200"] as const)(
      "fail on %s before any content",
      async (fault) => {
        kit.upstream.script({}, breaks(fault));
        const parts: StreamPart[] = [];
        expect(await failure(kit.read({}, parts))).toMatchObject({ source: "provider" });
        expect(parts.some((part) => part.content)).toBe(false);
      },
    );

    it("close the vendor's connection when the reader leaves", async () => {
      kit.upstream.script({}, breaks("hang_mid_stream"));
      const { parts } = await kit.begin(kit.make({ stream: true }));
      for await (const part of parts) if (part.content) break;
      expect(await kit.closedAtOnce()).toBe(true);
    });

    it("slow the vendor down if the reader is slow", async () => {
      const long = Array.from({ length: 60 }, () => "y".repeat(500_000)).join(" ");
      kit.upstream.script({}, replies(long));
      const { parts } = await kit.begin(kit.make({ stream: true }));
      const [call] = kit.upstream.calls;
      for (let turn = 0; turn < 400; turn += 1) await turnsUntil(() => true);
      expect([call!.finishedAt, call!.sentBytes < 25_000_000]).toEqual([undefined, true]);
      for await (const part of parts) if (part.content) break;
      expect((await kit.upstream.waitForClose(call!)).closedByClientAt).toBeDefined();
    });
  });
}
