import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { ask, chats, dialects, type RawExchange, wires } from "../../test/support/raw-client.js";
import { breaks } from "./behavior.js";
import { type Fault, faultNames, faults } from "./faults.js";
import { startUpstream, type Upstream } from "./start-upstream.js";

let upstream: Upstream;
beforeAll(async () => {
  upstream = await startUpstream();
});
afterEach(() => {
  upstream.reset();
});
afterAll(() => upstream.close());

type Wire = (typeof wires)[number];

const anyContent = /Hello |xxxx/u;
const finishMark = /"finish_reason":"stop"|"stop_reason":"end_turn"|"type":"response.completed"/u;
const endMark = /\[DONE\]|message_stop|"type":"response.completed"/u;

function plain(wire: Wire): RawExchange {
  return ask(`${upstream.url("a")}${chats[wire].path}`, chats[wire].body);
}

function streamed(wire: Wire): RawExchange {
  return ask(`${upstream.url("a")}${chats[wire].path}`, { ...chats[wire].body, stream: true });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** How a strict client judges a plain answer. */
function verdictOnAnswer({ over, headers, text }: RawExchange): string {
  const value = parsed(text) as Record<string, unknown> | undefined;
  if (over !== "end" || headers["content-type"] !== "application/json") return "failure";
  if (value === undefined || value["error"] != null) return "failure";
  const items = (value["choices"] ?? value["content"] ?? value["output"]) as readonly unknown[];
  if (items.length === 0 || items.some((item) => (item as { error?: unknown }).error != null)) return "failure";
  return anyContent.test(text) ? "answer" : "empty";
}

/** How a strict client judges a stream. */
function verdictOnStream(asked: RawExchange): string {
  const { over, headers, text, events } = asked;
  if (over !== "end" || headers["content-type"]?.includes("event-stream") !== true) return "failure";
  const data = events.map((event) => event.data).filter((one) => one !== "[DONE]");
  if (data.some((one) => parsed(one) === undefined || one.replaceAll('"error":null', "").includes('"error"')))
    return "failure";
  if (!finishMark.test(text) && !endMark.test(text)) return "cut";
  return anyContent.test(text) ? "answer" : "empty";
}

describe.each(wires)("faults of %s", (wire) => {
  /** Whether the finish reason is in the end mark. */
  const finishesAtEnd = wire === "responses";
  const ofPlain = (verdicts: readonly string[]): readonly Fault[] =>
    faultNames.filter((fault) => verdicts.includes(faults[fault].plain));
  const ofStream = (verdicts: readonly string[]): readonly Fault[] =>
    faultNames.filter((fault) => verdicts.includes(faults[fault].stream));

  it.each(ofPlain(["failure", "empty", "answer"]))("affect a plain call as documented: %s", async (fault) => {
    upstream.script({}, breaks(fault));
    expect(verdictOnAnswer(await plain(wire).whole())).toBe(faults[fault].plain);
    expect((await upstream.waitForClose(upstream.calls[0]!)).closedByClientAt).toBeUndefined();
  });

  it.each(ofStream(["failure", "cut", "empty", "answer"]).filter((fault) => fault !== "never_closes"))(
    "affect a stream as documented: %s",
    async (fault) => {
      upstream.script({}, breaks(fault));
      const asked = await streamed(wire).whole();
      expect(verdictOnStream(asked)).toBe(faults[fault].stream);
      const { stream, afterContent } = faults[fault];
      const isStream = asked.headers["content-type"]?.includes("event-stream") === true;
      expect(isStream && anyContent.test(asked.text)).toBe(stream === "answer" || afterContent);
      expect((await upstream.waitForClose(upstream.calls[0]!)).closedByClientAt).toBeUndefined();
    },
  );

  it.each(ofPlain(["hang"]))("make a plain call wait until the caller disconnects: %s", async (fault) => {
    upstream.script({}, breaks(fault));
    const asked = plain(wire);
    const [call] = await upstream.waitForCalls(1);
    if (fault !== "hang_before_headers") await asked.head();
    if (fault === "hang_mid_stream" || fault === "never_closes") await asked.until(({ text }) => text.length > 20);
    if (fault === "comments_only") await asked.until(({ pieces }) => pieces.length > 2);
    expect([asked.over, parsed(asked.text)]).toEqual([undefined, undefined]);
    asked.leave();
    expect((await upstream.waitForClose(call!)).closedByClientAt).toBeGreaterThanOrEqual(call!.at);
    expect(upstream.open).toBe(0);
  });

  it.each(
    [...ofStream(["hang"]), "never_closes" as const].filter(
      (fault) => !finishesAtEnd || fault !== "finish_then_silence",
    ),
  )("make a stream wait until the caller disconnects: %s", async (fault) => {
    upstream.script({}, breaks(fault));
    const asked = streamed(wire);
    const [call] = await upstream.waitForCalls(1);
    if (fault !== "hang_before_headers") await asked.head();
    if (faults[fault].afterContent) await asked.until(({ text }) => anyContent.test(text));
    if (fault === "finish_then_silence") await asked.until(({ text }) => finishMark.test(text));
    if (fault === "never_closes") await asked.until(({ text }) => endMark.test(text));
    if (fault === "comments_only") await asked.until(({ comments }) => comments.length > 2);
    expect([asked.over, anyContent.test(asked.text), endMark.test(asked.text)]).toEqual([
      undefined,
      faults[fault].afterContent,
      fault === "never_closes",
    ]);
    asked.leave();
    expect((await upstream.waitForClose(call!)).finishedAt).toBeUndefined();
    expect(call!.closedByClientAt).toBeGreaterThanOrEqual(call!.at);
  });

  it.skipIf(finishesAtEnd)("keep the finish reason of a stream without its end mark", async () => {
    upstream.script({}, breaks("finish_without_done"));
    const { text } = await streamed(wire).whole();
    expect([finishMark.test(text), endMark.test(text)]).toEqual([true, false]);
  });

  it("keep the valid events around a malformed one", async () => {
    upstream.script({}, breaks("malformed_event_amid", { text: "one two three" }));
    const { text, events } = await streamed(wire).whole();
    expect(events.filter((event) => parsed(event.data) === undefined && event.data !== "[DONE]")).toHaveLength(1);
    for (const word of ["one ", "two ", "three"]) expect(text).toContain(word);
    expect(endMark.test(text)).toBe(true);
  });

  it("happen after as many events as set by faultAfter", async () => {
    upstream.script({}, breaks("truncated_stream", { text: "one two three four", faultAfter: 3 }));
    const { text } = await streamed(wire).whole();
    expect([text.includes("three "), text.includes("four")]).toEqual([true, false]);
  });
});

describe("faults", () => {
  it("reset the connection instead of closing it", async () => {
    upstream.script({}, breaks("reset_before_headers"));
    expect((await plain("openai").whole()).over).toBe("ECONNRESET");
  });

  it("let content arrive before a reset within a stream", async () => {
    upstream.script({}, breaks("reset_mid_stream", { text: "one two three", faultAfter: 2 }));
    const { text, over } = await streamed("openai").whole();
    expect(text).toContain("two ");
    expect(over).toBe("ECONNRESET");
  });

  it("send bytes that an HTTP client cannot parse", async () => {
    upstream.script({}, breaks("no_http"));
    expect((await plain("openai").whole()).over).toMatch(/^HPE_/u);
  });

  it("send error events in the dialect, for the failure set by eventFailure", async () => {
    upstream.script({}, breaks("error_event_before_content"));
    const [anthropic] = (await streamed("anthropic").whole()).events;
    expect(anthropic).toMatchObject({ event: "error" });
    expect(parsed(anthropic!.data)).toMatchObject({ type: "error", error: { type: "overloaded_error" } });
    upstream.script({}, breaks("error_event_after_content", { eventFailure: "rate_limit_tokens" }));
    const openai = (await streamed("openai").whole()).events.at(-1);
    expect(parsed(openai!.data)).toMatchObject({ error: { code: "rate_limit_exceeded", type: "tokens" } });
    const [error, failed] = (await streamed("responses").whole()).events.slice(-2);
    expect(parsed(error!.data)).toMatchObject({ type: "error", code: "rate_limit_exceeded" });
    const response = { status: "failed", error: { code: "rate_limit_exceeded" } };
    expect(parsed(failed!.data)).toMatchObject({ type: "response.failed", response });
  });

  it.each([
    [{}, null],
    [{ finishReason: "error" }, "error"],
  ])("word an error inside a choice like OpenRouter: %j", async (options, finish_reason) => {
    const error = { code: "rate_limit_exceeded", message: expect.stringContaining("Rate limit") as unknown };
    upstream.script(
      {},
      breaks("choice_error_after_content", { text: "one two", eventFailure: "rate_limit_tokens", ...options }),
    );
    const choice = { finish_reason, error, message: { content: "one " } };
    expect((await plain("openai").whole()).json).toMatchObject({ choices: [choice] });
    const { events } = await streamed("openai").whole();
    const failed = { choices: [{ finish_reason, error, delta: { content: "" } }] };
    expect(events.at(-1)?.data).toBe("[DONE]");
    expect(JSON.parse(events.at(-2)!.data)).toMatchObject(failed);
  });

  it("use the status as the code of an error inside a choice if the failure has no code", async () => {
    upstream.script({}, breaks("choice_error_before_content"));
    expect((await plain("openai").whole()).json).toMatchObject({
      choices: [{ message: { content: "" }, error: { code: 500 } }],
    });
  });

  it.each(dialects)(
    "continue an answer in the dialect %s after its finish reason, and finish it again",
    async (dialect) => {
      upstream.script({}, breaks("content_after_finish", { text: "one two three" }));
      const { text } = await streamed(dialect).whole();
      const order = [...text.matchAll(/one |two |three|"finish_reason":"stop"|"stop_reason":"end_turn"/gu)];
      const marks = order.map(([word]) => (word.includes("reason") ? "finish" : word));
      expect(marks).toEqual(["one ", "finish", "two ", "three", "finish"]);
    },
  );

  it.each(wires)("send the finish reason of %s twice", async (wire) => {
    upstream.script({}, breaks("repeated_finish"));
    const { text } = await streamed(wire).whole();
    expect([...text.matchAll(new RegExp(finishMark, "gu"))]).toHaveLength(2);
  });

  it("send a huge chunk of two megabytes in one event", async () => {
    upstream.script({}, breaks("huge_chunk"));
    const { events } = await streamed("openai").whole();
    expect(Math.max(...events.map((event) => event.data.length))).toBeGreaterThan(2_000_000);
  });
});
