import { getEventListeners } from "node:events";
import {
  answers,
  type Behavior,
  breaks,
  type BrokenHost,
  hangs,
  nextTurn,
  Promptness,
  refuses,
  scriptedProvider,
  startSilent,
  streams,
  type UpstreamCall,
} from "@modelyard/testing";
import { systemClock } from "@modelyard/core/kit";
import { createRouter } from "modelyard";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Proxy, quiet, startProxy } from "./proxy.js";
import { connectRaw, post } from "./raw-client.js";

interface Phase {
  readonly name: string;
  readonly behavior: Behavior;
  readonly stream: boolean;
  /** Whether the call has reached this phase at the vendor. */
  readonly begun: (call: UpstreamCall) => boolean;
}

const phase = (name: string, stream: boolean, behavior: Behavior, begun: Phase["begun"] = () => true): Phase => ({
  name: `${stream ? "streamed" : "plain"}, ${name}`,
  stream,
  behavior,
  begun,
});
const answered = (call: UpstreamCall): boolean => call.status !== undefined;
const talking = (call: UpstreamCall): boolean => call.sentBytes > 0;

const phases: readonly Phase[] = [
  phase("waiting for headers", false, breaks("hang_before_headers")),
  phase("waiting for headers", true, breaks("hang_before_headers")),
  phase("waiting for the body", false, breaks("hang_before_first_token"), answered),
  phase("waiting for the first token", true, breaks("hang_before_first_token"), answered),
  phase("waiting while nothing but white space comes", false, breaks("comments_only"), talking),
  phase("waiting while nothing but comments come", true, breaks("comments_only"), talking),
  phase("within the body", false, breaks("hang_mid_stream"), talking),
  phase("during a silence", true, breaks("hang_mid_stream"), talking),
  phase("within a stream of words", true, { text: "word ".repeat(5_000), gapMs: 1 }, talking),
  phase("within a trickle", false, breaks("trickle", { text: "x".repeat(5_000) }), talking),
];

const messages = [{ role: "user" as const, content: "hi" }];
const path = "/v1/chat/completions";

/** One call, and a way to abort it. */
interface Caller {
  leave(): void;
  /** Resolves when the caller has seen the end of the call. */
  readonly gone: Promise<unknown>;
}

let proxy: Proxy;
let silent: BrokenHost;
const promptness = new Promptness();
beforeAll(async () => {
  silent = await startSilent();
  proxy = await startProxy();
  const [gpt] = [{ modelName: "gpt", model: "openai/gpt-4", apiKey: "sk-canary", rpm: 1_000_000, tpm: 1e9 }];
  const apiBase = `${proxy.upstream.url("a")}/v1`;
  proxy.router.update({
    config: {
      numRetries: 1,
      retryBudget: false,
      modelList: [
        { ...gpt, id: "a", apiBase },
        { ...gpt, id: "silent", modelName: "silent", apiBase: silent.secureUrl },
      ],
    },
  });
});
beforeEach(() => {
  proxy.upstream.reset();
});
afterAll(async () => {
  promptness.stop();
  await proxy.close();
  await silent.close();
});

function byLibrary(model: string, stream: boolean): Caller {
  const controller = new AbortController();
  const { signal } = controller;
  const read = async (): Promise<void> => {
    const answer = await proxy.router.completion({ model, messages, stream }, { signal });
    if (Symbol.asyncIterator in answer) for await (const chunk of answer) void chunk;
  };
  const gone = read().then(
    () => {
      throw new Error("expected the call to be aborted, but it was answered");
    },
    (error: unknown) => {
      expect(error).toMatchObject({ kind: "aborted" });
      expect(getEventListeners(signal, "abort")).toHaveLength(0);
    },
  );
  return {
    leave: () => {
      controller.abort(new Error("not needed any more"));
    },
    gone,
  };
}

async function byProxy(model: string, stream: boolean): Promise<Caller> {
  const client = await connectRaw(proxy.port);
  client.write(post(path, JSON.stringify({ model, messages, stream })));
  return {
    leave: () => {
      client.leave();
    },
    gone: client.closed(),
  };
}

const ways = { library: byLibrary, proxy: byProxy } as const;

async function settled(): Promise<void> {
  while (!quiet(proxy.router)) await nextTurn();
}

describe.each(Object.keys(ways) as (keyof typeof ways)[])("a caller of the %s that aborts", (way) => {
  it.each(phases.map((each) => [each.name, each] as const))("%s: aborts the vendor's call at once", async (_, each) => {
    proxy.upstream.script({}, each.behavior);
    const caller = await ways[way]("gpt", each.stream);
    const [call] = await proxy.upstream.waitForCalls(1);
    while (!each.begun(call!)) await nextTurn();
    caller.leave();
    await promptness.prompt(Promise.all([caller.gone, proxy.upstream.waitForClose(call!)]).then(settled));
    expect(call!.closedByClientAt).toBeDefined();
    expect(proxy.upstream.calls).toHaveLength(1);
  });

  it("while a connection is opened: gives the connection up at once", async () => {
    const caller = await ways[way]("silent", false);
    while (silent.sockets === 0) await nextTurn();
    caller.leave();
    const unconnected = async (): Promise<void> => {
      while (silent.sockets > 0) await nextTurn();
    };
    await promptness.prompt(caller.gone.then(unconnected));
    expect(silent.sockets).toBe(0);
    await settled();
  });

  it("while a retry is waiting: causes no further call", async () => {
    proxy.upstream.script({}, refuses(503, { headers: { "retry-after": "30" } }));
    const caller = await ways[way]("gpt", false);
    const [call] = await proxy.upstream.waitForCalls(1);
    await proxy.upstream.waitForClose(call!);
    // The attempt has ended; the request is waiting for its retry.
    while (proxy.router.state().groups[0]!.deployments[0]!.inFlight > 0) await nextTurn();
    expect(proxy.router.inFlight).toBe(1);
    caller.leave();
    await promptness.prompt(caller.gone.then(settled));
    expect(proxy.upstream.calls).toHaveLength(1);
  });

  it("before a vendor was called: causes no call", async () => {
    const caller = await ways[way]("gpt", false);
    caller.leave();
    await caller.gone.catch(() => undefined);
    await proxy.upstream.idle();
    await settled();
    expect(proxy.upstream.calls.every((call) => call.closedByClientAt !== undefined)).toBe(true);
  });
});

it("a reader of the library that leaves the loop aborts the vendor's call at once", async () => {
  proxy.upstream.script({}, { text: "word ".repeat(5_000), gapMs: 1 });
  for await (const chunk of await proxy.router.completion({ model: "gpt", messages, stream: true })) {
    expect(chunk.object).toBe("chat.completion.chunk");
    break;
  }
  const call = await promptness.prompt(proxy.upstream.waitForClose(proxy.upstream.calls[0]!));
  expect(call.closedByClientAt).toBeDefined();
  expect(quiet(proxy.router)).toBe(true);
});

// 10,000 calls in total.
describe("thousands of aborted calls", { timeout: 180_000 }, () => {
  const behaviors = [breaks("hang_before_headers"), breaks("hang_mid_stream"), breaks("comments_only")];
  const resources = (): Readonly<Record<string, number>> => {
    const counts: Record<string, number> = {};
    for (const name of process.getActiveResourcesInfo()) counts[name] = (counts[name] ?? 0) + 1;
    return counts;
  };

  /** @returns when all of them, and all they opened, are gone */
  async function leaveAll(way: keyof typeof ways, count: number, round: number): Promise<void> {
    proxy.upstream.reset();
    proxy.upstream.script({}, behaviors[round % behaviors.length]!);
    const callers = await Promise.all(
      Array.from({ length: count }, async (_, index) => ways[way]("gpt", index % 2 === 0)),
    );
    // Some callers abort while the vendor works, and some while the call is on its way.
    if (round % 2 === 0) await proxy.upstream.waitForCalls(count);
    for (const caller of callers) caller.leave();
    await Promise.all(callers.map((caller) => caller.gone));
    await settled();
    await proxy.upstream.idle();
    await proxy.upstream.waitForSockets(0);
  }

  it.each([
    ["library", 80],
    ["proxy", 20],
  ] as const)("leave sockets, timers, counts and reservations as they were: %s", async (way, rounds) => {
    await leaveAll(way, 100, 0);
    const before = resources();
    const deployment = () => proxy.router.state().groups[0]!.deployments[0]!;
    const { used, failures } = deployment();
    for (let round = 0; round < rounds; round += 1) await leaveAll(way, 100, round);
    // The platform needs a few turns to close sockets and timers; a leaked one never closes.
    const grown = (): readonly string[] =>
      Object.entries(resources()).flatMap(([name, count]) => (count > (before[name] ?? 0) ? [name] : []));
    while (grown().some((name) => /TCP|Timeout|Immediate/u.test(name))) await nextTurn();
    // Calls that were sent use the tokens of their prompts; no reservation for answers remains.
    expect((deployment().used.tokens - used.tokens) / (rounds * 100)).toBeLessThan(20);
    expect(deployment()).toMatchObject({ health: "healthy", failures, inFlight: 0 });
  });

  it("leave no listeners on one signal that outlives 10,000 calls", async () => {
    const provider = scriptedProvider({ clock: systemClock });
    const router = createRouter({
      providers: [provider],
      numRetries: 0,
      retryBudget: false,
      disableCooldowns: true,
      modelList: [{ id: "a", modelName: "gpt", model: "openai/a" }],
    });
    const { signal } = new AbortController();
    const inner = new AbortController();
    const either = inner.signal;
    provider.script("a", answers("hello"));
    for (let count = 0; count < 10_000; count += 1) await router.completion({ model: "gpt", messages }, { signal });
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
    provider.script("a", streams(["one", "two"]));
    for (let count = 0; count < 1_000; count += 1) {
      for await (const chunk of await router.completion({ model: "gpt", messages, stream: true }, { signal }))
        void chunk;
    }
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
    provider.script("a", hangs());
    const hanging = Array.from({ length: 1_000 }, () =>
      router.completion({ model: "gpt", messages }, { signal: either }),
    );
    expect(getEventListeners(either, "abort")).toHaveLength(1_000);
    inner.abort();
    const outcomes = await Promise.allSettled(hanging);
    expect(outcomes.every((outcome) => outcome.status === "rejected")).toBe(true);
    expect(getEventListeners(either, "abort")).toHaveLength(0);
    expect(quiet(router)).toBe(true);
  });
});
