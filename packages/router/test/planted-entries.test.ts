// Entries of the response cache that were written by another version, another program, or an attacker with access to it.
import { type Cache, type ChatCompletionChunk, silentLogger } from "@modelyard/core";
import type { StreamPart } from "@modelyard/core/kit";
import { answers, deploymentOptions, streams, VirtualClock } from "@modelyard/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { setup as setupRouter, trailOf } from "./support/harness.js";

const now = new VirtualClock().now();
const message = { role: "assistant", content: "planted" };
const value = { id: "x", object: "chat.completion", choices: [{ index: 0, message, finish_reason: "stop" }] };
const chunk = (delta: unknown, reason: unknown = null): object => ({
  id: "x",
  choices: [{ index: 0, delta, finish_reason: reason }],
});
const chunks = [chunk({ content: "planted" }), chunk({}, "stop")];
const base = { version: 1, at: now, group: "gpt-4", deploymentId: "a" };
const plain = { ...base, value };
const stream = { ...base, chunks };

/** A value that is nested too deeply for any recursive function. */
const nested = (depth: number): string => `${"[".repeat(depth)}${"]".repeat(depth)}`;

const plainSeeds: Readonly<Record<string, string>> = {
  nothing: "",
  "half of an object": "{",
  null: "null",
  "a list": "[]",
  "a string": '"x"',
  "no version": JSON.stringify({ ...plain, version: undefined }),
  "another version": JSON.stringify({ ...plain, version: 2 }),
  "no time": JSON.stringify({ ...plain, at: undefined }),
  "a time as a string": JSON.stringify({ ...plain, at: String(now) }),
  "a time before time": JSON.stringify({ ...plain, at: -1 }),
  "a time of 1e300": JSON.stringify({ ...plain, at: 1e300 }),
  "a time beyond numbers": JSON.stringify(plain).replace(`"at":${String(now)}`, '"at":1e999'),
  "a time an hour ahead": JSON.stringify({ ...plain, at: now + 3_600_000 }),
  "no group": JSON.stringify({ ...plain, group: undefined }),
  "group null": JSON.stringify({ ...plain, group: null }),
  "an empty group": JSON.stringify({ ...plain, group: "" }),
  "a group of a megabyte": JSON.stringify({ ...plain, group: "x".repeat(1_000_000) }),
  "a deployment that is a number": JSON.stringify({ ...plain, deploymentId: 5 }),
  "a deployment null": JSON.stringify({ ...plain, deploymentId: null }),
  "no value": JSON.stringify(base),
  "a stream": JSON.stringify(stream),
  "no choices": JSON.stringify({ ...base, value: { choices: [] } }),
  "choices as a string": JSON.stringify({ ...base, value: { choices: "x" } }),
  "choices of null": JSON.stringify({ ...base, value: { choices: [null] } }),
  "a message as a string": JSON.stringify({ ...base, value: { choices: [{ message: "x", finish_reason: "stop" }] } }),
  "an empty message": JSON.stringify({
    ...base,
    value: { choices: [{ message: { content: "" }, finish_reason: "stop" }] },
  }),
  "an open choice": JSON.stringify({ ...base, value: { choices: [{ message, finish_reason: null }] } }),
  "a choice that failed": JSON.stringify({ ...base, value: { choices: [{ message, finish_reason: "error" }] } }),
  "an error": JSON.stringify({ ...base, value: { ...value, error: { message: "x" } } }),
  "200 levels": JSON.stringify(plain).replace('"id":"x"', `"id":${nested(200)}`),
  "300,000 levels": JSON.stringify(plain).replace('"id":"x"', `"id":${nested(300_000)}`),
  "an object of 100,000 keys": JSON.stringify({
    ...base,
    value: { ...value, more: Object.fromEntries(Array.from({ length: 100_000 }, (_, key) => [`k${String(key)}`, 1])) },
  }),
  "40 million characters": `${JSON.stringify(plain)}${" ".repeat(40_000_000)}`,
};
const streamSeeds: Readonly<Record<string, string>> = {
  "a plain answer": JSON.stringify(plain),
  "no events": JSON.stringify({ ...base, chunks: [] }),
  "events as a string": JSON.stringify({ ...base, chunks: "x" }),
  "an event of nothing": JSON.stringify({ ...base, chunks: [{}] }),
  "an event of null": JSON.stringify({ ...base, chunks: [null] }),
  "choices as a string": JSON.stringify({ ...base, chunks: [{ choices: "x" }] }),
  "choices of null": JSON.stringify({ ...base, chunks: [{ choices: [null] }] }),
  "choices as a number": JSON.stringify({ ...base, chunks: [{ choices: 5 }] }),
  "a delta as a string": JSON.stringify({ ...base, chunks: [chunk("x"), ...chunks] }),
  "tools of null": JSON.stringify({ ...base, chunks: [chunk({ tool_calls: [null] }), ...chunks] }),
  "no end": JSON.stringify({ ...base, chunks: [chunk({ content: "planted" })] }),
  "an error event": JSON.stringify({ ...base, chunks: [...chunks, { error: { message: "x" }, choices: [] }] }),
  "a time of 1e300": JSON.stringify({ ...stream, at: 1e300 }),
  "another version": JSON.stringify({ ...stream, version: 0 }),
};

/** A router whose cache holds one text under every key. */
function setup(text: string) {
  const deleted: string[] = [];
  const lines: string[] = [];
  let kept: string | undefined = text;
  const responseCache: Cache = {
    name: "planted",
    get: async () => kept,
    set: async () => undefined,
    delete: async (key) => {
      deleted.push(key);
      kept = undefined;
    },
    close: async () => undefined,
  };
  const { router, provider } = setupRouter({
    responseCache,
    logger: { ...silentLogger, warn: (_, line) => void lines.push(line) },
    modelList: [deploymentOptions("a")],
  });
  provider.script("a", answers("live"));
  return { router, provider, deleted, lines };
}

const hi = { model: "gpt-4", messages: [{ role: "user", content: "hi" }] } as const;

async function textOf(parts: AsyncIterable<ChatCompletionChunk>): Promise<string> {
  let text = "";
  for await (const { choices } of parts) text += choices[0]?.delta.content ?? "";
  return text;
}

describe("a cached plain answer that someone else wrote", () => {
  it("is a hit if this version could have written it", async () => {
    const { router, provider } = setup(JSON.stringify(plain));
    expect(trailOf(await router.completion(hi))).toMatchObject({ cache: "hit", deploymentId: "a" });
    expect(provider.calls).toHaveLength(0);
  });

  it.each(Object.entries(plainSeeds))("is a miss, deleted and logged once: %s", async (_, text) => {
    const { router, deleted, lines } = setup(text);
    const answer = await router.completion(hi);
    expect(trailOf(answer)).toMatchObject({ cache: "miss", deploymentId: "a" });
    expect(answer.choices[0]?.message.content).toBe("live");
    expect(deleted).toHaveLength(1);
    expect(lines).toHaveLength(1);
  });
});

describe("a cached stream that someone else wrote", () => {
  it("is a hit if this version could have written it", async () => {
    const { router, provider } = setup(JSON.stringify(stream));
    expect(await textOf(await router.completion({ ...hi, stream: true }))).toBe("planted");
    expect(provider.calls).toHaveLength(0);
  });

  it.each(Object.entries(streamSeeds))("is a miss and deleted: %s", async (_, text) => {
    const { router, provider, deleted } = setup(text);
    provider.script("a", streams(["li", "ve"]));
    expect(await textOf(await router.completion({ ...hi, stream: true }))).toBe("live");
    expect(deleted).toHaveLength(1);
  });
});

describe("a cached embedding that someone else wrote", () => {
  it.each([
    ["usage beyond numbers", { prompt_tokens: 1e308, total_tokens: 1e308 }],
    ["usage as text", { prompt_tokens: "x", total_tokens: 1 }],
    ["usage below 0", { prompt_tokens: -5, total_tokens: -5 }],
  ])("counts plausible usage only: %s", async (_, usage) => {
    const item = { object: "embedding", index: 0, embedding: [1, 2] };
    const { router } = setup(JSON.stringify({ ...base, value: { object: "list", data: [item], usage } }));
    const answer = await router.embedding({ model: "gpt-4", input: ["one", "two"] });
    expect(answer.usage.prompt_tokens).toBeGreaterThan(0);
    expect(answer.usage.prompt_tokens).toBeLessThan(100);
  });
});

/** Fields that may take the place of any other. */
const any = fc.oneof(
  fc.constantFrom<unknown>(null, "x", 5, -1, 1e300, true, [], {}, [null], { choices: [null] }, { length: 3 }),
  fc.jsonValue({ maxDepth: 3 }),
);

/** A copy with one of its fields, at any depth, replaced. */
function replaced(of: unknown, path: readonly number[], by: unknown): unknown {
  const [first, ...rest] = path;
  if (first === undefined || typeof of !== "object" || of === null) return by;
  const keys = Object.keys(of);
  const key = keys[first % Math.max(1, keys.length)];
  if (key === undefined) return by;
  const copy: Record<string, unknown> = structuredClone(of) as Record<string, unknown>;
  copy[key] = replaced(copy[key], rest, by);
  return copy;
}

/** The entry as JSON; an empty text for `undefined`, which JSON cannot express. */
function textOrNothing(entry: unknown): string {
  return entry === undefined ? "" : JSON.stringify(entry);
}

describe("any cache entry", () => {
  const path = fc.array(fc.nat({ max: 9 }), { maxLength: 5 });

  it("for a plain answer is replayed as a whole or is a miss, and never fails a call", async () => {
    await fc.assert(
      fc.asyncProperty(path, any, async (at, by) => {
        const { router } = setup(textOrNothing(replaced(plain, at, by)));
        const answer = await router.completion(hi);
        expect(["hit", "miss"]).toContain(trailOf(answer).cache);
        expect(Array.isArray(answer.choices)).toBe(true);
        expect(() => JSON.stringify(answer)).not.toThrow();
      }),
      { numRuns: 300 },
    );
  });

  it("for a stream is replayed as a whole or is a miss, and never fails a call", async () => {
    await fc.assert(
      fc.asyncProperty(path, any, async (at, by) => {
        const { router, provider } = setup(textOrNothing(replaced(stream, at, by)));
        provider.script("a", streams(["li", "ve"]));
        const parts: StreamPart[] = [];
        for await (const part of await router.completion({ ...hi, stream: true })) parts.push(part as never);
        expect(parts.length).toBeGreaterThan(0);
      }),
      { numRuns: 300 },
    );
  });
});
