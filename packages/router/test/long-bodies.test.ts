import { AsyncLocalStorage } from "node:async_hooks";
import { memoryCache } from "@modelyard/cache-memory";
import type {
  Callback,
  CallOptions,
  ErrorKind,
  JsonObject,
  OperationName,
  Provider,
  RouterEvent,
} from "@modelyard/core";
import type { LazyText, StreamPart } from "@modelyard/core/kit";
import { answers, deploymentOptions, fails, failure, streams, turnsUntil } from "@modelyard/testing";
import { afterEach, describe, expect, it, vi } from "vitest";
import { type HarnessOptions, setup } from "./support/harness.js";

/** The text of a body, and how often it was created again. */
function textOf(body: object): LazyText & { readonly made: number } {
  let made = 0;
  return {
    text: () => {
      made += 1;
      return JSON.stringify(body);
    },
    get made() {
      return made;
    },
  };
}

const body = { model: "gpt-4", messages: [{ role: "user", content: "long" }], seed: 1 };

function long(options: Partial<HarnessOptions> = {}, request: object = body) {
  const harness = setup({ modelList: [deploymentOptions("a"), deploymentOptions("b")], numRetries: 1, ...options });
  const requestText = textOf(request);
  const execute = (more: CallOptions = {}) =>
    harness.clock.until(
      harness.router.execute("chat", structuredClone(request) as JsonObject, { requestText, ...more }),
    );
  const seen = () => harness.provider.calls.map(({ call }) => call.request);
  return { ...harness, requestText, execute, seen };
}

describe("a request body with a lazily created text", () => {
  it("is not created again when no part compares the answer with it", async () => {
    const harness = long();
    await harness.execute();
    expect(harness.requestText.made).toBe(0);
    expect(harness.seen()).toEqual([body]);
  });

  it("is created once for each further attempt", async () => {
    const harness = long({
      modelList: [deploymentOptions("a"), deploymentOptions("b"), deploymentOptions("c")],
      numRetries: 2,
    });
    harness.provider.script("*", fails("internal_server"), fails("internal_server"), answers());
    await harness.execute();
    expect(harness.seen()).toEqual([body, body, body]);
    expect(harness.requestText.made).toBe(2);
  });

  it("is sent to a fallback with the fields of the fallback entry", async () => {
    const modelList = [deploymentOptions("a"), deploymentOptions("b", { modelName: "other" })];
    const harness = long({
      modelList,
      numRetries: 0,
      fallbacks: { "gpt-4": [{ model: "other", set: { temperature: 0 } }] },
    });
    harness.provider.script("a", fails("internal_server"));
    await harness.execute();
    expect(harness.seen()).toEqual([body, { ...body, temperature: 0 }]);
  });

  it("gets the default fields of each deployment, without the fields that it drops", async () => {
    const made = deploymentOptions("a", { defaults: { top_p: 0.5 }, additionalDropParams: ["seed"] });
    const harness = long({ modelList: [made], numRetries: 1 });
    harness.provider.script("*", fails("internal_server"), answers());
    await harness.execute();
    const { seed: _, ...others } = body;
    expect(harness.seen()).toEqual([
      { ...others, top_p: 0.5 },
      { ...others, top_p: 0.5 },
    ]);
  });

  it("counts the same number of tokens in every attempt, without being parsed", async () => {
    const harness = long({
      modelList: [deploymentOptions("a", { tpm: 1_000 }), deploymentOptions("b", { tpm: 1_000 })],
    });
    harness.provider.script("*", fails("internal_server"), answers());
    await harness.execute();
    const counted = harness.events.flatMap((event) => (event.type === "attempt_started" ? [event.inputTokens] : []));
    expect(counted).toHaveLength(2);
    expect(counted[1]).toBe(counted[0]);
  });

  it("is shown in full to callbacks that ask for it", async () => {
    const shown: RouterEvent[] = [];
    const witness: Callback = {
      name: "witness",
      events: ["request_succeeded", "request_failed"],
      payload: true,
      on: (event) => {
        shown.push(event);
      },
    };
    const harness = long({ callbacks: [witness], numRetries: 0 });
    await harness.execute();
    harness.provider.script("*", fails("bad_request"));
    await failure(harness.execute());
    expect(shown).toMatchObject([{ payload: { request: body } }, { payload: { request: body } }]);
  });

  it("is continued where its stream broke", async () => {
    const request = { ...body, stream: true };
    const harness = long(
      {
        modelList: [
          deploymentOptions("a"),
          deploymentOptions("b", { modelName: "other", capabilities: { prefix: true } }),
        ],
        fallbacks: { "gpt-4": ["other"] },
        numRetries: 0,
        midStreamFallback: "continue",
      },
      request,
    );
    harness.provider.script("a", streams(["once ", "upon "], { failAfter: 2 }));
    harness.provider.script("b", streams(["a ", "time"]));
    const outcome = await harness.execute();
    const parts: StreamPart[] = [];
    if (outcome.kind === "stream") for await (const part of outcome.parts) parts.push(part);
    expect(parts.length).toBeGreaterThan(3);
    expect(harness.seen()[1]).toEqual({
      ...request,
      messages: [...body.messages, { role: "assistant", content: "once upon" }],
    });
  });

  it("is still compared with its cached embeddings", async () => {
    const request = { model: "gpt-4", input: ["one", "two"] };
    const value = { object: "list", model: "a", data: [{ object: "embedding", index: 0, embedding: [1] }] };
    const forgetful: Provider = {
      name: "openai",
      specVersion: 1,
      operations: ["embeddings"],
      call: () => Promise.resolve({ kind: "answer", value: value as never }),
    };
    const harness = long({ providers: [forgetful], numRetries: 0 }, request);
    const error = await failure(harness.router.execute("embeddings", request, { requestText: harness.requestText }));
    expect(error.message).toContain("1 embeddings for 2 texts");
    expect(harness.requestText.made).toBe(0);
  });
});

describe("a body of more than 256 KB", () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  const words = { model: "gpt-4", messages: [{ role: "user", content: "word ".repeat(60_000) }] };

  /** Calls a router with a long body, and records what it does with that body, in order. */
  function watched(options: Partial<HarnessOptions> = {}, request: object = words) {
    const harness = setup({ modelList: [deploymentOptions("a"), deploymentOptions("b")], numRetries: 1, ...options });
    const bytes = new TextEncoder().encode(JSON.stringify(request));
    const steps: ("decode" | "parse" | "turn")[] = [];
    const requestText: LazyText = {
      bytes,
      text: () => {
        steps.push("decode");
        return new TextDecoder().decode(bytes);
      },
    };
    const { parse } = JSON;
    vi.spyOn(JSON, "parse").mockImplementation((text, reviver) => {
      if (text.length > 256 * 1024) steps.push("parse");
      return parse(text, reviver) as unknown;
    });
    // Other test files may have left timers in this process. Those of this test are set in its context.
    const context = new AsyncLocalStorage<boolean>();
    context.enterWith(true);
    const timer = globalThis.setTimeout;
    vi.spyOn(globalThis, "setTimeout").mockImplementation(((act: () => void, ms: number) => {
      if (ms === 0 && context.getStore() === true) steps.push("turn");
      return timer(act, ms);
    }) as typeof setTimeout);
    const execute = (operation: OperationName = "chat", more: CallOptions = {}) =>
      harness.clock.until(
        harness.router.execute(operation, structuredClone(request) as JsonObject, { requestText, ...more }),
      );
    return { ...harness, execute, steps };
  }

  const inTurns = ["turn", "decode", "turn", "parse", "turn"];

  const other = deploymentOptions("c", { modelName: "other" });

  it.each<[string, Partial<HarnessOptions>, ErrorKind]>([
    ["a retry", {}, "internal_server"],
    [
      "a fallback",
      { modelList: [deploymentOptions("a"), other], numRetries: 0, fallbacks: { "gpt-4": ["other"] } },
      "internal_server",
    ],
    [
      "a fallback that changes it",
      {
        modelList: [deploymentOptions("a"), other],
        numRetries: 0,
        fallbacks: { "gpt-4": [{ model: "other", set: { temperature: 0 } }] },
      },
      "internal_server",
    ],
    [
      "a context window fallback",
      { modelList: [deploymentOptions("a"), other], numRetries: 0, contextWindowFallbacks: { "gpt-4": ["other"] } },
      "context_window_exceeded",
    ],
    [
      "a content policy fallback",
      { modelList: [deploymentOptions("a"), other], numRetries: 0, contentPolicyFallbacks: { "gpt-4": ["other"] } },
      "content_policy_violation",
    ],
  ])("is decoded and parsed in separate turns of the event loop for %s", async (_, options, kind) => {
    const harness = watched(options);
    harness.provider.script("*", fails(kind), answers());
    await harness.execute();
    expect(harness.steps).toEqual(inTurns);
    expect(harness.provider.calls.map(({ call }) => call.request)).toEqual([words, expect.objectContaining(words)]);
  });

  it("is decoded and parsed in separate turns of the event loop when its broken stream is continued", async () => {
    const harness = watched(
      {
        modelList: [
          deploymentOptions("a"),
          deploymentOptions("c", { modelName: "other", capabilities: { prefix: true } }),
        ],
        fallbacks: { "gpt-4": ["other"] },
        numRetries: 0,
        midStreamFallback: "continue",
      },
      { ...words, stream: true },
    );
    harness.provider.script("a", streams(["once ", "upon "], { failAfter: 2 }));
    harness.provider.script("c", streams(["a ", "time"]));
    const outcome = await harness.execute();
    if (outcome.kind === "stream") for await (const _ of outcome.parts);
    expect(harness.provider.calls).toHaveLength(2);
    expect(harness.steps).toEqual(inTurns);
  });

  it("is decoded and parsed in separate turns of the event loop when the answer of a fallback is cached", async () => {
    const responseCache = memoryCache();
    const harness = watched({
      modelList: [deploymentOptions("a"), other],
      numRetries: 0,
      fallbacks: { "gpt-4": ["other"] },
      cacheResponses: true,
      responseCache,
    });
    harness.provider.script("a", fails("internal_server"));
    await harness.execute();
    await turnsUntil(() => harness.steps.filter((step) => step === "parse").length === 2);
    expect(harness.steps.join(" ").split(inTurns.join(" "))).toHaveLength(3);
  });

  it.each<[string, Partial<HarnessOptions>, ErrorKind]>([
    ["no retry and no fallback is left", { numRetries: 0 }, "internal_server"],
    ["the request itself is at fault", {}, "bad_request"],
  ])("is not decoded again after a failure when %s", async (_, options, kind) => {
    const harness = watched(options);
    harness.provider.script("*", fails(kind));
    await failure(harness.execute());
    expect(harness.provider.calls).toHaveLength(1);
    expect(harness.steps).toEqual([]);
  });

  it("is not decoded again for callbacks that read it, or to count embeddings", async () => {
    const shown: unknown[] = [];
    const witness: Callback = {
      name: "witness",
      events: ["request_succeeded"],
      payload: true,
      on: (event) => {
        if (event.type === "request_succeeded") shown.push(event.payload?.request);
      },
    };
    const chat = watched({ callbacks: [witness] });
    await chat.execute();
    expect(shown).toEqual([words]);
    expect(chat.steps).toEqual([]);
    const input = Array.from({ length: 1_000 }, () => "word ".repeat(60));
    const embeddings = watched({}, { model: "gpt-4", input });
    await embeddings.execute("embeddings");
    expect(embeddings.steps).toEqual([]);
  });
});
