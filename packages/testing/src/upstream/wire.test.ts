import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type Behavior, breaks, callsTools, refuses, replies } from "./behavior.js";
import { startUpstream, type Upstream } from "./start-upstream.js";
import { halfOf, type ScriptedWire, type WireFacts } from "./wire.js";

/** A wire whose URL names the model and requests a stream, and which has neither an end mark nor a keep-alive. */
const wire: ScriptedWire = {
  paths: { ":generate": "chat", ":embed": "embeddings" },
  requestIdHeader: "x-call",
  tools: true,
  modelOf: ({ path }) => /models\/(?<name>[^:]+):/u.exec(path)?.groups?.["name"] ?? "",
  wantsStream: ({ path }) => path.includes("stream=1"),
  plain: (text, { operation, model, finishReason, usage, toolCalls }) =>
    JSON.stringify({ operation, model, text, finishReason, tokens: usage.total_tokens, tools: toolCalls.length }),
  stream: (texts, { finishReason }) => ({
    opening: ["[open]"],
    contents: texts.map((text) => `[${text}]\n`),
    finish: `[${finishReason}]`,
  }),
  failure: (status, message) => `${String(status)} ${message}`,
};

let upstream: Upstream;
beforeAll(async () => {
  upstream = await startUpstream({ wire });
});
afterEach(() => {
  upstream.reset();
});
afterAll(() => upstream.close());

async function ask(behavior: Behavior, path = "/host/models/m-1:generate"): Promise<Response> {
  upstream.script({}, behavior);
  return fetch(`${upstream.origin}${path}`, { method: "POST", body: "{}" });
}

describe("an upstream with a custom wire", () => {
  it("answers in the format of the wire, and reads host and model", async () => {
    const response = await ask(replies("hi there", { finishReason: "length" }));
    expect(await response.json()).toEqual({
      operation: "chat",
      model: "m-1",
      text: "hi there",
      finishReason: "length",
      tokens: 21,
      tools: 0,
    });
    expect(response.headers.get("x-call")).toBe("req_1");
    expect(upstream.calls).toMatchObject([{ host: "host", model: "m-1", operation: "chat" }]);
  });

  it("serves every path of the wire", async () => {
    expect(await (await ask({}, "/host/models/e:embed")).json()).toMatchObject({ operation: "embeddings", model: "e" });
    expect((await ask({}, "/host/models/e:count")).status).toBe(404);
  });

  it("sends tool calls if the wire supports them", async () => {
    const called = await ask(callsTools([{ id: "1", name: "time", arguments: "{}" }]));
    expect(await called.json()).toMatchObject({ text: "", finishReason: "tool_calls", tools: 1 });
  });

  it.each([
    ["whole", {}, "[open][one ]\n[two]\n[stop]"],
    ["cut before its end", { fault: "truncated_stream" }, "[open][one ]\n"],
    ["with a half event", { fault: "malformed_event" }, "[open][one ]\n[on\n"],
    ["with comments, which the wire does not have", { gapMs: 3, commentMs: 1 }, "[open][one ]\n[two]\n[stop]"],
  ] as const)("streams %s", async (_, behavior, expected) => {
    const response = await ask(replies("one two", behavior), "/host/models/m:generate?stream=1");
    expect(await response.text()).toBe(expected);
    expect(response.headers.get("content-type")).toContain("text/event-stream");
  });

  it("fails in the format of the wire, by status and by name", async () => {
    const failed = await ask(refuses(503));
    expect([failed.status, await failed.text()]).toEqual([503, "503 scripted failure 503"]);
    expect((await ask(refuses("rate_limit_tokens"))).status).toBe(429);
    expect(await (await ask(breaks("error_in_200"))).text()).toBe("500 scripted failure server_error");
  });

  it.each([
    [wire, "500 scripted failure server_error", "[open][one ]\n"],
    [
      {
        ...wire,
        failureInside: {
          plain: (text: string, message: string) => `${text}! ${message}`,
          event: (message: string, { finishReason }: WireFacts) => `[${finishReason}! ${message}]`,
        },
      },
      "one ! scripted failure inside an answer",
      "[open][one ]\n[stop! scripted failure inside an answer]",
    ],
  ])(
    "fails inside an answer if the wire supports that, and as a whole otherwise",
    async (scripted, whole, streamed) => {
      const own = await startUpstream({ wire: scripted });
      own.script({}, breaks("choice_error_after_content", { text: "one two" }));
      const answerTo = async (query: string) =>
        (await fetch(`${own.url("host")}/models/m:generate${query}`, { method: "POST", body: "{}" })).text();
      expect([await answerTo(""), await answerTo("?stream=1")]).toEqual([whole, streamed]);
      await own.close();
    },
  );

  it.each([
    [wire, "[open][one ]\n[two]\n[stop]"],
    [{ ...wire, resumes: true }, "[open][one ]\n[stop][two]\n[stop]"],
  ])("continues after a finish reason if the wire supports that", async (scripted, streamed) => {
    const own = await startUpstream({ wire: scripted });
    own.script({}, breaks("content_after_finish", { text: "one two" }));
    const response = await fetch(`${own.url("host")}/models/m:generate?stream=1`, { method: "POST", body: "{}" });
    expect(await response.text()).toBe(streamed);
    await own.close();
  });

  it("cuts an event in half but keeps its line end", () => {
    expect(halfOf("data: 1234\n\n")).toBe("data:\n\n");
    expect(halfOf("")).toBe("");
  });
});
