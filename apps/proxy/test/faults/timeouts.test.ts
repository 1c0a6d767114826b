import type { Timeouts } from "@modelyard/core";
import { type Behavior, breaks, type BrokenHost, nextTurn, nowMs, Promptness, startSilent } from "@modelyard/testing";
import { createRouter, openai, type Router } from "modelyard";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Proxy, quiet, startProxy } from "./proxy.js";

type Phase = keyof Timeouts;
const levels = ["request", "deployment", "group", "router"] as const;
type Level = (typeof levels)[number];

/** A behavior that gets stuck in each phase. `undefined`: a host that fails before HTTP. */
const stuck: Readonly<Record<Phase, { readonly stream: boolean; readonly behavior: Behavior | undefined }>> = {
  connectMs: { stream: false, behavior: undefined },
  headersMs: { stream: false, behavior: breaks("hang_before_headers") },
  firstTokenMs: { stream: true, behavior: breaks("comments_only", { commentMs: 10 }) },
  idleMs: { stream: true, behavior: breaks("hang_mid_stream", { commentMs: 10 }) },
  totalMs: { stream: true, behavior: { text: "word ".repeat(10_000), gapMs: 5, commentMs: 2 } },
};
const fields: Readonly<Record<Phase, string>> = {
  connectMs: "connect_timeout",
  headersMs: "headers_timeout",
  firstTokenMs: "first_token_timeout",
  idleMs: "idle_timeout",
  totalMs: "total_timeout",
};
const phases = Object.keys(stuck) as Phase[];
const shortMs = 80;
const farMs = 60_000;
const messages = [{ role: "user" as const, content: "hi" }];

let proxy: Proxy;
let silent: BrokenHost;
const promptness = new Promptness();
beforeAll(async () => {
  proxy = await startProxy();
  silent = await startSilent();
  // Modules that load with the first call must not use up the time limits of the others.
  await proxy.router.completion({ model: "gpt", messages });
});
beforeEach(() => {
  proxy.upstream.reset();
});
afterAll(async () => {
  promptness.stop();
  await proxy.close();
  await silent.close();
});

/** The time limit at one level, and a far longer one at the next wider level. */
function configured(phase: Phase, level: Level) {
  const at = (own: Level): { readonly timeouts?: Timeouts } => {
    if (own === level) return { timeouts: { [phase]: shortMs } };
    return levels.indexOf(own) === levels.indexOf(level) + 1 ? { timeouts: { [phase]: farMs } } : {};
  };
  const apiBase = stuck[phase].behavior === undefined ? silent.secureUrl : `${proxy.upstream.url("a")}/v1`;
  return {
    numRetries: 0,
    timeoutMs: farMs,
    modelList: [
      { id: "a", modelName: "gpt", model: "openai/gpt-4", apiKey: "sk-canary", apiBase, ...at("deployment") },
    ],
    groups: { gpt: at("group") },
    ...at("router"),
  };
}

/** @returns the error's kind, and the duration of the call */
async function byLibrary(router: Router, phase: Phase, level: Level): Promise<readonly [unknown, number]> {
  const startedAt = nowMs();
  const { stream } = stuck[phase];
  try {
    const answer = await router.completion(
      { model: "gpt", messages, stream },
      level === "request" ? { timeouts: { [phase]: shortMs } } : {},
    );
    if (Symbol.asyncIterator in answer) for await (const chunk of answer) void chunk;
    return ["good", nowMs() - startedAt];
  } catch (error) {
    return [(error as { readonly kind?: unknown }).kind, nowMs() - startedAt];
  }
}

async function byProxy(phase: Phase, level: Level): Promise<readonly [unknown, number]> {
  const startedAt = nowMs();
  const own = level === "request" ? { [fields[phase]]: shortMs / 1_000 } : {};
  const response = await fetch(`${proxy.origin}/v1/chat/completions`, {
    method: "POST",
    body: JSON.stringify({ model: "gpt", messages, stream: stuck[phase].stream, ...own }),
  });
  const text = await response.text();
  return [/"type":"(?<type>timeout)_error"/u.exec(text)?.groups?.["type"], nowMs() - startedAt];
}

describe.each(phases)("the time limit %s", (phase) => {
  it.each(levels)("set for the %s ends the phase, and aborts the vendor's call", async (level) => {
    const { behavior } = stuck[phase];
    if (behavior !== undefined) proxy.upstream.script({}, behavior);
    const config = configured(phase, level);
    const router = createRouter({ providers: [openai()], ...config });
    proxy.router.update({ config });
    for (const ask of [() => byLibrary(router, phase, level), () => byProxy(phase, level)]) {
      const [kind, elapsedMs] = await ask();
      expect(kind).toBe("timeout");
      expect(elapsedMs).toBeGreaterThanOrEqual(shortMs - 2);
      // All other limits are far longer.
      expect(elapsedMs).toBeLessThan(farMs / 2);
      await proxy.upstream.idle();
    }
    while (silent.sockets > 0) await nextTurn();
    for (const call of proxy.upstream.calls) {
      expect(call.closedByClientAt).toBeDefined();
      expect(call.body).not.toHaveProperty(fields[phase]);
    }
    expect([quiet(router), quiet(proxy.router)]).toEqual([true, true]);
    await router.close();
  });
});

describe("the deadline of a request", () => {
  const deadlineMs = 400;
  const entry = (id: string) => ({
    id,
    modelName: "gpt",
    model: "openai/gpt-4",
    apiKey: "sk-canary",
    apiBase: `${proxy.upstream.url(id)}/v1`,
  });
  const make = (config: object): Router =>
    createRouter({
      providers: [openai()],
      modelList: [entry("a"), entry("b")],
      retryBudget: false,
      deadlineMs,
      ...config,
    });
  const asked = async (router: Router, stream = false): Promise<readonly [unknown, number]> => {
    const startedAt = nowMs();
    try {
      const answer = await router.completion({ model: "gpt", messages, stream });
      if (Symbol.asyncIterator in answer) for await (const chunk of answer) void chunk;
      return ["good", nowMs() - startedAt];
    } catch (error) {
      return [(error as { readonly kind?: unknown }).kind, nowMs() - startedAt];
    }
  };

  it.each([
    ["headers", false, breaks("hang_before_headers")],
    ["a first token", true, breaks("hang_before_first_token")],
    ["a body", false, breaks("hang_mid_stream")],
    ["the end of a stream that goes on and on", true, { text: "word ".repeat(10_000), gapMs: 5 }],
    ["a time to come again", false, { status: 503, headers: { "retry-after": "0.3" } }],
  ] as const)("ends a wait for %s at most 100 ms late", async (_, stream, behavior) => {
    proxy.upstream.script({}, behavior);
    const router = make({ numRetries: 9 });
    const [kind] = await promptness.prompt(asked(router, stream), deadlineMs + 100);
    expect(["timeout", "service_unavailable"]).toContain(kind);
    await proxy.upstream.idle();
    expect(quiet(router)).toBe(true);
  });

  it("may be set by a client in the request's body, and is not sent on", async () => {
    proxy.router.update({ config: { modelList: [entry("a")] } });
    proxy.upstream.script({}, breaks("hang_before_headers"));
    const response = await fetch(`${proxy.origin}/v1/chat/completions`, {
      method: "POST",
      body: JSON.stringify({ model: "gpt", messages, deadline: 0.1 }),
    });
    expect(response.status).toBe(408);
    expect(await response.json()).toMatchObject({ error: { type: "timeout_error" } });
    await proxy.upstream.idle();
    expect(proxy.upstream.calls.some((call) => "deadline" in call.body)).toBe(false);
  });

  it("shortens the time of the last candidate, and prevents retries of a silent deployment beyond it", async () => {
    proxy.upstream.script({}, breaks("hang_before_headers"));
    const router = make({ timeoutMs: 100, numRetries: 9, deadlineMs: 900 });
    const [kind, elapsedMs] = await asked(router);
    expect(kind).toBe("timeout");
    expect(elapsedMs).toBeGreaterThanOrEqual(198);
    expect(proxy.upstream.calls.map((call) => call.host).toSorted()).toEqual(["a", "b"]);
    proxy.upstream.reset();
    proxy.upstream.script({}, { text: "late", delayMs: 300 });
    proxy.upstream.once({}, breaks("hang_before_headers"));
    const patient = make({
      deadlineMs: 10_000,
      timeouts: { headersMs: 5_000 },
      modelList: [
        { ...entry("a"), timeoutMs: 100, order: 1 },
        { ...entry("b"), order: 2 },
      ],
    });
    expect((await asked(patient))[0]).toBe("good");
    expect(proxy.upstream.calls.map((call) => call.host)).toEqual(["a", "b"]);
  });
});
