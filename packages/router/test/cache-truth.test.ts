// The cache never returns a wrong answer: whatever was requested before, it is the answer of the vendor to this request.
import { memoryCache } from "@modelyard/cache-memory";
import type { DeploymentOptions, Provider, ProviderResult } from "@modelyard/core";
import { canonicalJson, createProviderError, type StreamPart } from "@modelyard/core/kit";
import { VirtualClock } from "@modelyard/testing";
import fc from "fast-check";
import { expect, it } from "vitest";
import { createRouter } from "../src/create-router.js";
import type { Router } from "../src/router.js";

/** The answer of this vendor: the request itself, and the model that received it. */
const echo = (model: string, request: object): string => canonicalJson({ ...request, model, stream: undefined });

function chunksOf(text: string): StreamPart[] {
  const part = (delta: object, finish: string | null): StreamPart => ({
    chunks: [
      {
        id: "e",
        object: "chat.completion.chunk",
        created: 1,
        model: "m",
        choices: [{ index: 0, delta, finish_reason: finish }],
      },
    ] as never,
    bytes: undefined,
    content: finish === null,
    finished: finish === null ? 0 : 1,
    done: finish !== null,
    usage: undefined,
  });
  const half = Math.ceil(text.length / 2);
  return [part({ content: text.slice(0, half) }, null), part({ content: text.slice(half) }, null), part({}, "stop")];
}

/** Models that are down. */
const down = new Set<string>();

/** Echoes the request unless the model is down. The filter of the model named by `block` blocks the answer. */
const echoes: Provider = {
  name: "openai",
  specVersion: 1,
  operations: ["chat", "embeddings"],
  async call(operation, call): Promise<ProviderResult> {
    const request = call.request as unknown as Record<string, unknown>;
    if (down.has(call.model))
      throw createProviderError({ kind: "internal_server", provider: "openai", message: "asked to" });
    if (operation === "embeddings") {
      const inputs = [request["input"]].flat() as readonly string[];
      const { input: _input, ...rest } = request;
      const data = inputs.map((input, index) => ({
        object: "embedding",
        index,
        embedding: echo(call.model, { ...rest, input }),
      }));
      return { kind: "answer", value: { object: "list", model: call.model, data } as never };
    }
    const text = echo(call.model, request);
    if (call.stream)
      return {
        kind: "stream",
        parts: (async function* () {
          yield* chunksOf(text);
        })(),
      };
    const blocked = request["block"] === call.model;
    const choice = {
      index: 0,
      message: { role: "assistant", content: text },
      finish_reason: blocked ? "content_filter" : "stop",
    };
    return {
      kind: "answer",
      value: { id: "e", object: "chat.completion", created: 1, model: "m", choices: [choice] } as never,
    };
  },
};

interface Question {
  readonly model: string;
  readonly messages: readonly object[];
  readonly fallbacks?: readonly { readonly model: string; readonly temperature: number }[];
  readonly mock_response?: string;
}

/** Requests differ in at most two fields, so that the test detects a cache key without one of them. */
const extra = fc.constantFrom<object>(
  { top_k: 1 },
  { top_k: 2 },
  { temperature: 0.5 },
  { seed: 1 },
  { stream: true },
  { block: "x-model" },
  { tags: ["t"] },
  { cache: { "no-store": true } },
  { cache: { "no-cache": true } },
  { cache: { namespace: "n" } },
  { cache: { ttl: 1 } },
  { fallbacks: [{ model: "y", temperature: 0.5 }] },
  { fallbacks: [] },
  { mock_response: "mocked" },
  { messages: [{ role: "user", content: "b" }] },
);
const names = fc.constantFrom("x", "x", "y", "alias-of-x", "w/x-model", "w/2", "x-id");
const question = fc.tuple(names, extra, extra).map(([model, first, second]): Question => ({
  messages: [{ role: "user", content: "a" }],
  ...first,
  ...second,
  model,
}));
const outage = fc.constantFrom<readonly string[]>([], [], ["x-model"], ["x-model", "y-model"]);

const routed = new Set(["tags", "cache", "fallbacks", "mock_response", "stream", "model"]);
const sentTo = (asked: object): object => Object.fromEntries(Object.entries(asked).filter(([key]) => !routed.has(key)));

/** All correct answers to a request: that of its group, and while that is down, that of a fallback. */
function truths(asked: Question): readonly (string | undefined)[] {
  if (asked.mock_response !== undefined) return [asked.mock_response];
  const body = sentTo(asked);
  const wild = asked.model.startsWith("w/");
  const model = wild ? asked.model.slice(2) : asked.model === "y" ? "y-model" : "x-model";
  const own = echo(model, body);
  if (!down.has(model)) return [own];
  const [entry] = asked.fallbacks ?? (wild || model === "y-model" ? [] : ["y"]);
  if (entry === undefined || model === "y-model" || down.has("y-model")) return [own, undefined];
  return [own, echo("y-model", typeof entry === "string" ? body : { ...body, temperature: entry.temperature })];
}

/** The text of an answer, plain or streamed; `undefined` when the call failed. */
async function say(router: Router, asked: Question): Promise<string | undefined> {
  try {
    const outcome = await router.execute("chat", { ...asked });
    if (outcome.kind === "answer") return outcome.value.choices[0]?.message.content ?? "";
    let text = "";
    for await (const part of outcome.parts)
      for (const chunk of part.chunks) text += chunk.choices[0]?.delta.content ?? "";
    return text;
  } catch {
    return undefined;
  }
}

function build(clock: VirtualClock, singleFlight: boolean): Router {
  return createRouter({
    providers: [echoes],
    clock,
    modelList: [
      { id: "x-id", modelName: "x", model: "openai/x-model" },
      { id: "y-id", modelName: "y", model: "openai/y-model" },
      { id: "w-id", modelName: "w/*", model: "openai/*" },
    ] as readonly DeploymentOptions[],
    modelGroupAlias: { "alias-of-x": "x" },
    fallbacks: { x: ["y"] },
    numRetries: 0,
    disableCooldowns: true,
    responseCache: memoryCache({ clock }),
    cache: { singleFlight },
  });
}

it("a cached chat answer is always the vendor's answer to this very request, whatever was asked before", async () => {
  const asks = fc.array(fc.tuple(question, outage), { minLength: 20, maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(asks, fc.boolean(), async (asked, singleFlight) => {
      const router = build(new VirtualClock(), singleFlight);
      // The requests are made in sequence, with outages, and then all at the same time.
      for (const [one, models] of asked) {
        down.clear();
        for (const model of models) down.add(model);
        expect(truths(one)).toContain(await say(router, one));
      }
      down.clear();
      const all = await Promise.all(asked.map(([one]) => say(router, one)));
      for (const [index, [one]] of asked.entries()) expect(truths(one)).toContain(all[index]);
    }),
    { numRuns: 60 },
  );
});

it("a cached embedding is always the vendor's embedding of this very text, whatever was asked before", async () => {
  const text = fc.constantFrom("a", "b", "c", "d");
  const batch = fc.record({
    model: fc.constantFrom("x", "y", "alias-of-x"),
    input: fc.oneof(text, fc.array(text, { minLength: 1, maxLength: 5 })),
    dimensions: fc.option(fc.constantFrom(1, 2), { nil: undefined }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(batch, { minLength: 2, maxLength: 15 }), async (batches) => {
      const router = createRouter({
        providers: [echoes],
        modelList: [
          { modelName: "x", model: "openai/x-model" },
          { modelName: "y", model: "openai/y-model" },
        ],
        modelGroupAlias: { "alias-of-x": "x" },
        responseCache: memoryCache({ clock: new VirtualClock() }),
        cache: { singleFlight: true },
      });
      const ask = async ({ dimensions, ...asked }: (typeof batches)[number]) => {
        const more = dimensions === undefined ? {} : { dimensions };
        const answer = await router.embedding({ ...asked, ...more });
        const model = asked.model === "y" ? "y-model" : "x-model";
        expect(answer.data.map((item) => [item.index, item.embedding])).toEqual(
          [asked.input].flat().map((input, index) => [index, echo(model, { ...more, input })]),
        );
      };
      for (const asked of batches) await ask(asked);
      await Promise.all(batches.map(ask));
    }),
    { numRuns: 60 },
  );
});
