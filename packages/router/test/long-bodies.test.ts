import type { Callback, CallOptions, JsonObject, Provider, RouterEvent } from "@modelyard/core";
import type { LazyText, StreamPart } from "@modelyard/core/kit";
import { answers, fails, streams } from "@modelyard/testing";
import { describe, expect, it } from "vitest";
import { failure, type HarnessOptions, one, setup } from "./support/harness.js";

/** A body's text, and how often it was made again. */
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
  const harness = setup({ modelList: [one("a"), one("b")], numRetries: 1, ...options });
  const requestText = textOf(request);
  const execute = (more: CallOptions = {}) =>
    harness.clock.until(
      harness.router.execute("chat", structuredClone(request) as JsonObject, { requestText, ...more }),
    );
  const seen = () => harness.provider.calls.map(({ call }) => call.request);
  return { ...harness, requestText, execute, seen };
}

describe("a body whose text can be made again", () => {
  it("is not made again for an answer that nobody compares with it", async () => {
    const harness = long();
    await harness.execute();
    expect(harness.requestText.made).toBe(0);
    expect(harness.seen()).toEqual([body]);
  });

  it("is made again, once, for each of the other attempts", async () => {
    const harness = long({ modelList: [one("a"), one("b"), one("c")], numRetries: 2 });
    harness.provider.script("*", fails("internal_server"), fails("internal_server"), answers());
    await harness.execute();
    expect(harness.seen()).toEqual([body, body, body]);
    expect(harness.requestText.made).toBe(2);
  });

  it("goes to a fallback with the changes of its entry", async () => {
    const modelList = [one("a"), one("b", { modelName: "other" })];
    const harness = long({
      modelList,
      numRetries: 0,
      fallbacks: { "gpt-4": [{ model: "other", set: { temperature: 0 } }] },
    });
    harness.provider.script("a", fails("internal_server"));
    await harness.execute();
    expect(harness.seen()).toEqual([body, { ...body, temperature: 0 }]);
  });

  it("has its deployment's defaults again, and lacks what that one drops", async () => {
    const made = one("a", { defaults: { top_p: 0.5 }, additionalDropParams: ["seed"] });
    const harness = long({ modelList: [made], numRetries: 1 });
    harness.provider.script("*", fails("internal_server"), answers());
    await harness.execute();
    const { seed: _, ...others } = body;
    expect(harness.seen()).toEqual([
      { ...others, top_p: 0.5 },
      { ...others, top_p: 0.5 },
    ]);
  });

  it("counts as many tokens in every attempt, without a look at it", async () => {
    const harness = long({ modelList: [one("a", { tpm: 1_000 }), one("b", { tpm: 1_000 })] });
    harness.provider.script("*", fails("internal_server"), answers());
    await harness.execute();
    const counted = harness.events.flatMap((event) => (event.type === "attempt_started" ? [event.inputTokens] : []));
    expect(counted).toHaveLength(2);
    expect(counted[1]).toBe(counted[0]);
  });

  it("is shown whole to those who want to see it", async () => {
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

  it("is carried on where its stream broke", async () => {
    const request = { ...body, stream: true };
    const harness = long(
      {
        modelList: [one("a"), one("b", { modelName: "other", capabilities: { prefix: true } })],
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

  it("is still compared with its embeddings", async () => {
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
    expect(harness.requestText.made).toBe(1);
  });
});
