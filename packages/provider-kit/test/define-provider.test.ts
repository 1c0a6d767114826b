import type { ChatCompletion, ErrorKind } from "@modelyard/core";
import { Cancellation, readQuota } from "@modelyard/core/kit";
import { failure, makeCandidate, replies, type ScriptedWire, startUpstream, type Upstream } from "@modelyard/testing";
import { describeProvider, describeSecrecy } from "@modelyard/testing/conformance";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type AnswerPiece, defineProvider, type ProviderDefinition } from "../src/node.js";

/** What this vendor sends: whole answers and events alike. */
interface Sent {
  readonly text?: string;
  readonly thought?: string;
  readonly calls?: readonly { readonly ref?: string; readonly tool?: string; readonly input: string }[];
  readonly end?: string;
  readonly tokens?: { readonly in: number; readonly out: number; readonly cached?: number };
  readonly last?: boolean;
  readonly fault?: { readonly why: string; readonly name?: string };
}

const definition: ProviderDefinition<Sent> = {
  name: "verbose",
  baseUrl: "https://verbose.example",
  path: ({ stream }) => (stream ? "/generate/events" : "/generate"),
  accepts: ["max_tokens", "temperature", "stop", "tools"],
  requestIdHeaders: ["x-verbose-id"],
  errorKinds: { slow: "rate_limit", long: "context_window_exceeded" },
  body: ({ model, request }) => ({ model, turns: request.messages, most: request.max_tokens }),
  answer: pieceOf,
  event: (event) => (Object.keys(event).length === 0 ? undefined : { ...pieceOf(event), done: event.last }),
  failure: ({ fault }) => fault && { message: fault.why, code: fault.name },
  rateLimit: (header, now) => {
    const quota = (kind: string) =>
      readQuota(header, { limit: `x-${kind}-most`, remaining: `x-${kind}-left`, reset: `x-${kind}-full` }, now);
    const [requests, tokens] = [quota("calls"), quota("tokens")];
    return requests === undefined && tokens === undefined ? undefined : { requests, tokens };
  },
};

function pieceOf({ text, thought, calls, end, tokens }: Sent): AnswerPiece {
  return {
    text,
    reasoning: thought,
    toolCalls: calls?.map(({ ref, tool, input }) => ({ id: ref, name: tool, arguments: input })),
    finishReason: end,
    usage: tokens && { input: tokens.in, output: tokens.out, cached: tokens.cached },
  };
}

const event = (fields: Sent): string => `data: ${JSON.stringify(fields)}\n\n`;

const tokensOf = (usage: Parameters<ScriptedWire["plain"]>[1]["usage"]): NonNullable<Sent["tokens"]> => {
  const cached = usage.prompt_tokens_details?.cached_tokens;
  return { in: usage.prompt_tokens, out: usage.completion_tokens, ...(cached === undefined ? {} : { cached }) };
};

const wire: ScriptedWire = {
  paths: { "/generate": "chat", "/generate/events": "chat" },
  wantsStream: ({ path }) => path.endsWith("/events"),
  finishReasons: ["stop", "length", "content_filter", "error", "vendor_trouble"],
  resumes: true,
  tools: true,
  cachedTokens: true,
  keepAlive: ": nothing yet\n\n",
  requestIdHeader: "x-verbose-id",
  plain: (text, { finishReason, usage, toolCalls }) => {
    const calls = toolCalls.map(({ id, name, arguments: input }) => ({ ref: id, tool: name, input }));
    return JSON.stringify({ text, calls, end: finishReason, tokens: tokensOf(usage) });
  },
  stream: (texts, { finishReason, usage, toolCalls }) => ({
    opening: [event({})],
    contents: [
      ...texts.map((text) => event({ text })),
      ...toolCalls.flatMap(({ id, name, arguments: input }) => [
        event({ calls: [{ ref: id, tool: name, input: input.slice(0, 3) }] }),
        event({ calls: [{ input: input.slice(3) }] }),
      ]),
    ],
    finish: event({ end: finishReason, tokens: tokensOf(usage) }),
    end: event({ last: true }),
  }),
  failure: (_, why) => JSON.stringify({ fault: { why } }),
  failureEvent: (why) => event({ fault: { why } }),
  failureInside: {
    plain: (text, why, { finishReason }) => JSON.stringify({ text, end: finishReason, fault: { why } }),
    event: (why, { finishReason }) => event({ end: finishReason, fault: { why } }),
  },
  rateLimitHeaders: ({ requests, tokens }) => ({
    "x-calls-most": String(requests.limit),
    "x-calls-left": String(requests.remaining),
    "x-calls-full": `${String(requests.resetMs)}ms`,
    "x-tokens-most": String(tokens.limit),
    "x-tokens-left": String(tokens.remaining),
    "x-tokens-full": `${String(tokens.resetMs)}ms`,
  }),
};

const verbose = defineProvider(definition);
const setup = {
  create: () => verbose(),
  wire,
  refused: { fields: { seed: 5, n: 2 }, refused: ["seed", "n"] },
};

describeProvider("a defined provider", setup);
describeSecrecy("a defined provider", setup);

describe("a defined provider", () => {
  let upstream: Upstream;
  beforeAll(async () => {
    upstream = await startUpstream({ wire });
  });
  afterEach(() => {
    upstream.reset();
  });
  afterAll(() => upstream.close());

  const ask = async (changes: Partial<ProviderDefinition<Sent>> = {}, fields: object = {}, stream = false) => {
    const plain = makeCandidate({ id: "d" }).deployment;
    const { baseUrl = upstream.url("host") } = plain.connection;
    const result = await defineProvider({ ...definition, ...changes })({ apiKey: "key-0123456789" }).call("chat", {
      deployment: { ...plain, model: "m", connection: { ...plain.connection, baseUrl } },
      model: "m",
      request: { model: "asked", messages: [{ role: "user", content: "hi" }], ...fields },
      stream,
      cancellation: new Cancellation(),
      connectMs: 2_000,
      headersMs: 4_000,
      dropParams: false,
      now: () => 1_700_000_000_000,
    });
    const parts = [];
    if (result.kind === "stream") for await (const part of result.parts) parts.push(part);
    return { parts, value: result.kind === "answer" ? (result.value as ChatCompletion) : undefined };
  };

  it("gives every answer an id of its own, in which the vendor's can be found", async () => {
    const named = { answer: () => ({ text: "x", id: "same" }) };
    const ids = [await ask(named), await ask(named)].map(({ value }) => value?.id ?? "");
    expect(ids.every((id) => id.startsWith("same_"))).toBe(true);
    expect(new Set(ids).size).toBe(2);
  });

  it("shows the model's reasoning, plainly and in streams", async () => {
    upstream.script({}, { body: JSON.stringify({ thought: "hm", text: "yes" }) });
    expect((await ask()).value?.choices[0]?.message).toMatchObject({ reasoning_content: "hm", content: "yes" });
    const body = `${event({ thought: "hm" })}${event({ text: "yes", end: "stop" })}${event({ last: true })}`;
    upstream.script({}, { body, headers: { "content-type": "text/event-stream" }, atOnce: true });
    const { parts } = await ask({}, {}, true);
    expect(parts.flatMap(({ chunks }) => chunks)).toMatchObject([
      { choices: [{ delta: { reasoning_content: "hm" } }] },
      { choices: [{ delta: { content: "yes" } }] },
      { choices: [{ delta: {}, finish_reason: "stop" }] },
    ]);
  });

  it("separates the text of an event from a finish reason that may mean a failure", async () => {
    const body = `${event({ text: "so " })}${event({ text: "far", end: "vendor_trouble" })}${event({ last: true })}`;
    upstream.script({}, { body, headers: { "content-type": "text/event-stream" }, atOnce: true });
    const { parts } = await ask({}, {}, true);
    expect(parts.map(({ content, finished, done }) => [content, finished, done])).toEqual([
      [true, 0, false],
      [false, 1, true],
    ]);
  });

  it.each<readonly [string, object]>([
    ["nothing in it", {}],
    ["a text that is a number", { text: 5 }],
    ["a tool call without a name", { calls: [{ ref: "a", input: "{}" }] }],
    ["calls that are not a list", { calls: 5 }],
    ["a finish reason that is an object", { text: "x", end: {} }],
  ])("reports an answer with %s as one of an unexpected shape", async (_, body) => {
    upstream.script({}, { body: JSON.stringify(body) });
    const message = "verbose sent an answer of an unexpected shape.";
    expect(await failure(ask())).toMatchObject({ kind: "invalid_response", message });
  });

  it("ignores counts of tokens that are not counts", async () => {
    for (const tokens of [{ in: -1, out: 1 }, { in: "x", out: 1 }, 5, { in: 1 }]) {
      upstream.script({}, { body: JSON.stringify({ text: "x", tokens }) });
      expect((await ask()).value).not.toHaveProperty("usage");
    }
  });

  it.each<readonly [number, string, ErrorKind]>([
    [400, "long", "context_window_exceeded"],
    [503, "other", "service_unavailable"],
    [429, "other", "rate_limit"],
    [200, "slow", "rate_limit"],
  ])("reads the kind of a failure from the vendor's code, or from the status: %i, %s", async (status, name, kind) => {
    upstream.script({}, { status, body: JSON.stringify({ fault: { why: "because", name } }) });
    expect(await failure(ask())).toMatchObject({ kind, message: "because" });
  });

  it("reads the wait that the definition finds, and a message alone", async () => {
    upstream.script({}, { status: 429, body: JSON.stringify({ fault: { why: "because" } }) });
    const waiting = { failure: () => ({ message: "slow down", retryAfterMs: 1_500 }) };
    expect(await failure(ask(waiting))).toMatchObject({ message: "slow down", retryAfterMs: 1_500 });
    expect(await failure(ask({ failure: () => "only words" }))).toMatchObject({ message: "only words" });
  });

  it("reads failures in the formats of other vendors if the definition does not know them", async () => {
    upstream.script({}, { status: 400, body: JSON.stringify({ error: { message: "a proxy refuses" } }) });
    const throwing = {
      failure: (): never => {
        throw new TypeError("no fault in it");
      },
    };
    for (const changes of [{}, throwing])
      expect(await failure(ask(changes))).toMatchObject({ kind: "bad_request", message: "a proxy refuses" });
  });

  it("accepts a field with its default value, and everything if the definition does not say what it accepts", async () => {
    upstream.script({}, replies("x"));
    expect((await ask({}, { n: 1, seed: null })).value).toBeDefined();
    const { accepts: _, ...open } = definition;
    expect((await ask({ ...open, accepts: undefined }, { seed: 5 })).value).toBeDefined();
  });

  it("sends the key as a bearer token unless the definition says otherwise", async () => {
    await ask();
    await ask({ auth: (apiKey) => ({ "x-key": apiKey?.reveal() ?? "" }) });
    const sent = upstream.calls.map(({ headers }) => [headers["authorization"], headers["x-key"]]);
    expect(sent).toEqual([
      ["Bearer key-0123456789", undefined],
      [undefined, "key-0123456789"],
    ]);
  });

  it.each<readonly [object, string]>([
    [{ path: undefined }, 'defineProvider.path: a non-empty string is required. Write e.g. path: "/chat".'],
    [{ path: "chat" }, "defineProvider.path: it must begin with a /."],
    [{ answer: undefined }, "defineProvider.answer: a function is required."],
    [{ body: {} }, "defineProvider.body: expected a function, got an object."],
    [{ events: () => undefined }, 'defineProvider.events: unknown option. Did you mean "event"?'],
    [{ format: "sse" }, "defineProvider.format: it must be one of"],
    [{ name: "two words" }, 'defineProvider.name: "two words" is not a valid name.'],
    [{ claims: "acme-" }, "defineProvider.claims: expected a regular expression, got a string."],
    [{ errorKinds: { slow: "ratelimit" } }, 'defineProvider.errorKinds.slow: it must be one of "bad_request"'],
  ])("reports a mistake in the definition: %o", (changes, message) => {
    expect(() => defineProvider({ ...definition, ...changes })).toThrow(message);
  });

  it("reports unknown options of the provider", () => {
    expect(() => verbose({ base_url: "x" } as never)).toThrow(
      'verbose.base_url: unknown option. Did you mean "baseUrl"?',
    );
  });
});
