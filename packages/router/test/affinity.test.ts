import { type CallOptions, type EventOf, type JsonObject, silentLogger, type Strategy } from "@modelyard/core";
import { createStrategy } from "@modelyard/strategies";
import { answers, deploymentOptions, fails, hangs, streams, VirtualClock } from "@modelyard/testing";
import { describe, expect, it } from "vitest";
import { createRouter } from "../src/index.js";
import { type Harness, type HarnessOptions, setup as setupRouter, trailOf } from "./support/harness.js";
import { store } from "./support/store.js";
import { storingProvider } from "./support/storing-provider.js";

const ids = ["a", "b", "c", "d"] as const;
const modelList = ids.map((id) => deploymentOptions(id));
const words = (count: number): string => "word ".repeat(count);
const system = { role: "system", content: words(2_000) } as const;

function setup(options: Partial<HarnessOptions> = {}, seed = 1): Harness {
  return setupRouter({ modelList, affinity: true, ...options }, { events: ["session_routed"], seed });
}

/** Makes a call, and returns the deployment that served it. */
async function served({ router }: Harness, body: JsonObject = {}, options?: CallOptions): Promise<string> {
  const messages = [system, { role: "user", content: "hi" }];
  const answer = await router.completion({ model: "gpt-4", messages, ...body } as never, options);
  return trailOf(answer).deploymentId ?? "";
}

/** The deployments that served several calls, without repetitions. */
async function places(harness: Harness, count: number, body: (index: number) => JsonObject, options?: CallOptions) {
  const all: string[] = [];
  for (let index = 0; index < count; index += 1) all.push(await served(harness, body(index), options));
  return new Set(all);
}

const strategies = [
  "simple-shuffle",
  "least-busy",
  "usage-based-routing",
  "latency-based-routing",
  "cost-based-routing",
];
/** A strategy that knows nothing of affinity. */
const custom = (): Strategy => {
  let turn = 0;
  return {
    name: "round-robin",
    pick: (candidates) => candidates[(turn += 1) % candidates.length] ?? candidates[0],
  };
};

describe("affinity", () => {
  it.each([
    ...strategies.map((name) => [name, () => createStrategy(name)] as const),
    ["a custom strategy", custom] as const,
  ])("keeps a session at its deployment under %s", async (_, strategy) => {
    const harness = setup({ strategy: strategy() });
    for (const session of ["one", "two", "three"])
      expect((await places(harness, 8, () => ({ prompt_cache_key: session }))).size).toBe(1);
  });

  it("is off unless it is asked for", async () => {
    const harness = setup({ affinity: false });
    expect((await places(harness, 40, () => ({ prompt_cache_key: "one" }))).size).toBe(4);
    expect(harness.events).toEqual([]);
  });

  it("distributes new sessions over all deployments", async () => {
    const harness = setup();
    const counts: Record<string, number> = {};
    for (let index = 0; index < 200; index += 1) {
      const id = await served(harness, { prompt_cache_key: `session ${String(index)}` });
      counts[id] = (counts[id] ?? 0) + 1;
    }
    for (const id of ids) expect(counts[id]).toBeGreaterThan(35);
    for (const id of ids) expect(counts[id]).toBeLessThan(66);
  });

  it("places a session at the same deployment in every process, whatever the order of the list", async () => {
    const first = setup();
    const second = setup({ modelList: modelList.toReversed() });
    for (let index = 0; index < 20; index += 1) {
      const body = { prompt_cache_key: `session ${String(index)}` };
      expect(await served(second, body)).toBe(await served(first, body));
      await first.clock.advance(3_600_000);
      await second.clock.advance(3_600_000);
    }
  });

  const keys: readonly (readonly [string, (session: string) => JsonObject, (session: string) => CallOptions])[] = [
    ["the option session", () => ({}), (session) => ({ session })],
    ["litellm_session_id", (session) => ({ litellm_session_id: session }), () => ({})],
    ["metadata.session_id", (session) => ({ metadata: { session_id: session } }), () => ({})],
    ["prompt_cache_key", (session) => ({ prompt_cache_key: session }), () => ({})],
    ["the header of Claude Code", () => ({}), (id) => ({ forwardHeaders: { "x-claude-code-session-id": id } })],
    ["the header of Codex", () => ({}), (id) => ({ forwardHeaders: { session_id: id } })],
    ["the header of opencode", () => ({}), (id) => ({ forwardHeaders: { "x-session-affinity": id } })],
  ];
  it.each(keys)("identifies sessions by %s", async (_, body, options) => {
    const harness = setup({ affinity: ["session"] });
    const seen = new Set<string>();
    for (let session = 0; session < 12; session += 1) {
      const name = `session ${String(session)}`;
      const found = await places(harness, 4, () => body(name), options(name));
      expect(found.size).toBe(1);
      for (const id of found) seen.add(id);
    }
    expect(seen.size).toBeGreaterThan(2);
  });

  it("identifies sessions by their prompts, which grow, even if marks for the cache move", async () => {
    const harness = setup({ affinity: ["prompt"] });
    for (let session = 0; session < 6; session += 1) {
      const turns: JsonObject[] = [system];
      const body = (turn: number): JsonObject => {
        turns.push({ role: "user", content: `question ${String(session)}.${String(turn)} ${words(300)}` });
        const last = turns.length - 1;
        const messages = turns.map((one, index) =>
          index === last
            ? { ...one, content: [{ type: "text", text: one["content"], cache_control: { type: "ephemeral" } }] }
            : one,
        );
        turns.push({ role: "assistant", content: `answer ${words(50)}` });
        return { messages };
      };
      expect((await places(harness, 30, body)).size).toBe(1);
    }
  });

  it("keeps callers apart, so that one cannot find out or decide where another's session is", async () => {
    const harness = setup();
    const mine = new Set<string>();
    const theirs = new Set<string>();
    for (let index = 0; index < 16; index += 1) {
      const body = { prompt_cache_key: "the same key" };
      mine.add(await served(harness, body, { caller: "me" }));
      theirs.add(await served(harness, body, { caller: `other ${String(index)}` }));
    }
    expect(mine.size).toBe(1);
    expect(theirs.size).toBeGreaterThan(1);
  });

  it("identifies users by their caller and the field user, if asked to", async () => {
    const harness = setup({ affinity: ["user"] });
    expect((await places(harness, 8, () => ({ user: "u" }), { caller: "key" })).size).toBe(1);
    expect((await places(harness, 8, () => ({}), { caller: "key" })).size).toBe(1);
    expect((await places(harness, 40, () => ({}))).size).toBe(4);
  });

  it("leaves a deployment that cools down, and returns as long as its cache is warm", async () => {
    const harness = setup({ cooldownMs: 60_000, allowedFails: 0 });
    const body = { prompt_cache_key: "one" };
    const home = await served(harness, body);
    harness.provider.script(home, fails("internal_server"), answers());
    const other = await served(harness, body);
    expect(other).not.toBe(home);
    expect(await served(harness, body)).toBe(other);
    const records = harness.events as readonly EventOf<"session_routed">[];
    expect(records.map(({ choice, reason }) => [choice, reason])).toEqual([
      ["placed", undefined],
      ["moved", "failed"],
      ["kept", undefined],
    ]);
  });

  it("never waits for a deployment that is at its limit", async () => {
    const harness = setup({ modelList: ids.map((id) => deploymentOptions(id, { rpm: 3 })) });
    const body = { prompt_cache_key: "one" };
    const all: string[] = [];
    for (let count = 0; count < 12; count += 1) all.push(await served(harness, body));
    for (const id of ids) expect(all.filter((one) => one === id)).toHaveLength(3);
    const moves = (harness.events as readonly EventOf<"session_routed">[]).filter(({ choice }) => choice === "moved");
    expect(new Set(moves.map(({ reason }) => reason))).toEqual(new Set(["limit"]));
  });

  it("moves only the sessions of a deployment that is removed, and keeps the others through a new configuration", async () => {
    const harness = setup();
    const before = new Map<string, string>();
    for (let index = 0; index < 60; index += 1) {
      const session = `session ${String(index)}`;
      before.set(session, await served(harness, { prompt_cache_key: session }));
    }
    harness.router.update({ config: { modelList: modelList.slice(1), affinity: true } });
    const after = new Map<string, string>();
    for (const session of before.keys()) after.set(session, await served(harness, { prompt_cache_key: session }));
    const moved = [...before].filter(([session, id]) => after.get(session) !== id);
    expect(moved).toEqual([...before].filter(([, id]) => id === "a"));
    expect([...after.values()]).not.toContain("a");
  });

  it("has settings for single groups", async () => {
    const other = ids.map((id) => deploymentOptions(`${id}2`, { modelName: "other" }));
    const harness = setup({
      modelList: [...modelList, ...other],
      affinity: false,
      groups: { other: { affinity: true } },
    });
    const body = { prompt_cache_key: "one" };
    expect((await places(harness, 40, () => body)).size).toBe(4);
    expect((await places(harness, 10, () => ({ ...body, model: "other" }))).size).toBe(1);
  });

  it("reports the kind of key and a fingerprint, and never what the caller sent", async () => {
    const harness = setup();
    await served(harness, { prompt_cache_key: "a secret session" });
    await served(harness, { prompt_cache_key: "a secret session" });
    const [first, second] = harness.events as readonly EventOf<"session_routed">[];
    expect(second).toMatchObject({
      key: "session",
      source: "prompt_cache_key",
      choice: "kept",
      session: first?.session,
    });
    expect(second?.wantedTokens).toBeGreaterThan(2_000);
    expect(first?.session).toMatch(/^[\da-f]{12}$/u);
    expect(JSON.stringify(harness.events)).not.toContain("secret");
  });

  it("explains the session of a sample call: its key, where it is cached, and where it would go", async () => {
    const harness = setup();
    const request = { messages: [system, { role: "user", content: "hi" }], prompt_cache_key: "a secret session" };
    const before = harness.router.explain("gpt-4", { request }).session;
    expect(before).toMatchObject({ key: "session", source: "prompt_cache_key", cached: [], moved: undefined });
    const home = await served(harness, { prompt_cache_key: "a secret session" });
    expect(home).toBe(before?.deploymentId);
    const after = harness.router.explain("gpt-4", { request }).session;
    expect(after).toMatchObject({ session: before?.session, deploymentId: home, cached: [{ deploymentId: home }] });
    expect(JSON.stringify(after)).not.toContain("secret");
    expect(harness.router.explain("gpt-4", { request: { messages: [] } }).session).toBeUndefined();
    expect(setup({ affinity: false }).router.explain("gpt-4", { request }).session).toBeUndefined();
  });

  it("has no effect on operations whose prompts are not cached", async () => {
    const harness = setup();
    const used = new Set<string>();
    for (let count = 0; count < 40; count += 1) {
      const answer = await harness.router.embedding({ model: "gpt-4", input: "hi" }, { session: "one" });
      used.add(trailOf(answer).deploymentId ?? "");
    }
    expect(used.size).toBe(4);
  });

  it("does not follow a cache where the wait costs more than it saves", async () => {
    const harness = setup({ affinity: ["session"] });
    const home = await served(harness, {}, { session: "one" });
    harness.provider.script(home, ...Array.from({ length: 30 }, () => hangs()));
    const stop = new AbortController();
    const messages = [{ role: "user", content: words(20_000) }] as const;
    const waiting = Array.from({ length: 30 }, () =>
      harness.router.completion({ model: home, messages }, { signal: stop.signal }),
    );
    expect(await served(harness, {}, { session: "one" })).not.toBe(home);
    expect(harness.events.at(-1)).toMatchObject({ choice: "moved", reason: "load" });
    stop.abort();
    await Promise.allSettled(waiting);
    expect(await served(harness, {}, { session: "two" })).toBeDefined();
  });
});

describe("affinity of streams", () => {
  it("keeps a session at its deployment, and learns from the first token", async () => {
    const harness = setup();
    harness.provider.script("*", ...Array.from({ length: 8 }, () => streams(["a", "b"], { firstTokenMs: 300 })));
    const used = new Set<string>();
    for (let count = 0; count < 8; count += 1) {
      const stream = await harness.clock.until(
        harness.router.completion({ model: "gpt-4", messages: [system], stream: true }, { session: "one" }),
      );
      await harness.clock.until(
        (async () => {
          for await (const _ of stream) {
            // To the end.
          }
        })(),
      );
      used.add(stream.routing.deploymentId ?? "");
    }
    expect(used.size).toBe(1);
    expect(harness.events.at(-1)).toMatchObject({ choice: "kept", stream: true });
  });
});

describe("affinity of answers that are continued", () => {
  it("follows previous_response_id, also to a response that was streamed", async () => {
    const provider = storingProvider({ clock: new VirtualClock() });
    const router = createRouter({
      providers: [provider],
      affinity: ["response"],
      modelList: ids.map((id) => deploymentOptions(id, { apiKey: "the same account" })),
    });
    const used = new Set<string>();
    let previous: string | undefined;
    for (let turn = 0; turn < 12; turn += 1) {
      const answer = await router.responses({
        model: "gpt-4",
        input: words(1_500),
        ...(previous === undefined ? {} : { previous_response_id: previous }),
      });
      previous = answer.id;
      used.add(trailOf(answer).deploymentId ?? "");
    }
    expect(used.size).toBe(1);
  });
});

describe("affinity in several processes", () => {
  function pair(strategy: () => Strategy) {
    const stores = [store(), store()] as const;
    const harnesses = stores.map((sharedState, index) => setup({ sharedState, strategy: strategy() }, index + 2));
    /** Delivers the messages of the first process to the second one. */
    const exchange = (): void => {
      const text = stores[0].outgoing();
      if (text !== undefined) stores[1].deliver(text);
    };
    exchange();
    return { first: harnesses[0] as Harness, second: harnesses[1] as Harness, exchange };
  }

  it("tells other processes where the strategy placed a session", async () => {
    const { first, second, exchange } = pair(() => createStrategy("latency-based-routing"));
    for (let index = 0; index < 10; index += 1) {
      const body = { prompt_cache_key: `session ${String(index)}` };
      const place = await served(first, body);
      exchange();
      expect(await served(second, body)).toBe(place);
    }
  });

  it("tells other processes where a session moved, and nothing about those that every process finds", async () => {
    const { first, second, exchange } = pair(() => createStrategy("simple-shuffle"));
    const body = { prompt_cache_key: "one" };
    const home = await served(first, body);
    first.provider.script(home, fails("internal_server"), answers());
    const other = await served(first, body);
    exchange();
    expect(await served(second, body)).toBe(other);
  });
});

describe("a strategy that spreads", () => {
  it.each([
    [
      "throws",
      () => {
        throw new Error("no");
      },
    ],
    ["returns too few shares", () => [1]],
    ["returns shares that are no numbers", () => [1, 1, 1, "1"]],
  ] as const)("and %s gets equal shares, with one message", async (_, spreads) => {
    const messages: string[] = [];
    const logger = { ...silentLogger, warn: (__: object, message: string) => void messages.push(message) };
    const strategy: Strategy = { name: "own", pick: ([first]) => first, spreads: spreads as () => number[] };
    const harness = setup({ strategy, logger });
    const used = await places(harness, 30, (index) => ({ prompt_cache_key: String(index) }));
    expect(used.size).toBe(4);
    expect(messages.filter((message) => message.includes("spreads()"))).toHaveLength(1);
  });

  it("places new sessions in proportion to its weights", async () => {
    const weighted = ids.map((id, index) => deploymentOptions(id, { weight: index }));
    const harness = setup({ modelList: weighted });
    const counts: Record<string, number> = {};
    for (let index = 0; index < 300; index += 1) {
      const id = await served(harness, { prompt_cache_key: String(index) });
      counts[id] = (counts[id] ?? 0) + 1;
    }
    expect(counts["a"]).toBeUndefined();
    expect(Math.abs((counts["d"] ?? 0) - 150)).toBeLessThan(25);
    expect(Math.abs((counts["b"] ?? 0) - 50)).toBeLessThan(20);
  });
});
