import { memoryState } from "@modelyard/cache-memory";
import type { ErrorKind } from "@modelyard/core";
import { answers, deploymentOptions, fails, failure, hangs } from "@modelyard/testing";
import { describe, expect, it } from "vitest";
import { type Harness, type HarnessOptions, setup } from "./support/harness.js";

const still = { next: () => 0, id: () => "id" };

/** A group of one deployment, or of `ids`, and a spare group that answers. */
function world(more: Partial<HarnessOptions> = {}, ids: readonly string[] = ["a"]): Harness {
  return setup({
    modelList: [...ids.map((id) => deploymentOptions(id)), deploymentOptions("spare", { modelName: "spare" })],
    fallbacks: { "gpt-4": ["spare"] },
    random: still,
    ...more,
  });
}

/** Which deployments were called for one more request, and how long it took. */
async function asked(harness: Harness, body: object = {}): Promise<readonly [served: readonly string[], ms: number]> {
  const [before, began] = [harness.served().length, harness.clock.now()];
  await harness.ask(body).catch(() => undefined);
  return [harness.served().slice(before), harness.clock.now() - began];
}

const stateOf = (harness: Harness, id: string) =>
  harness.router
    .state()
    .groups.flatMap((group) => group.deployments)
    .find((deployment) => deployment.id === id);

describe("retries come before fallbacks", () => {
  it.each([
    "rate_limit",
    "internal_server",
    "service_unavailable",
    "overloaded",
    "api_connection",
    "conflict",
  ] as const)("so that one failure of the only deployment does not leave its group: %s", async (kind) => {
    for (const more of [{}, { allowedFails: 0 }, { allowedFails: 0, sharedState: memoryState() }]) {
      const harness = world(more);
      harness.provider.script("a", fails(kind), answers());
      expect(await asked(harness)).toEqual([["a", "a"], 500]);
    }
  });

  it("also when the failure started a cooldown, which other requests respect", async () => {
    const harness = world({ allowedFails: 0, cooldownMs: 60_000 });
    harness.provider.script("a", fails("internal_server"), fails("internal_server"), answers());
    const first = harness.router.completion({ model: "gpt-4", messages: [] });
    await harness.clock.advance(100);
    expect(stateOf(harness, "a")?.health).toBe("cooling");
    await harness.ask();
    expect(harness.served()).toEqual(["a", "spare"]);
    await harness.clock.until(first);
    expect(harness.served()).toEqual(["a", "spare", "a", "a"]);
    expect(stateOf(harness, "a")?.health).toBe("cooling");
  });

  it("unless another request or process lengthened the cooldown meanwhile", async () => {
    const shared = memoryState();
    const harness = world({ allowedFails: 0, cooldownMs: 60_000, sharedState: shared });
    harness.provider.script("a", fails("internal_server"), answers());
    const asking = harness.router.completion({ model: "gpt-4", messages: [] });
    await harness.clock.advance(100);
    const now = harness.clock.now();
    await shared.startCooldown({ deploymentId: "a", until: now + 90_000, reason: "internal_server" }, now);
    await harness.clock.until(asking);
    expect(harness.served()).toEqual(["a", "spare"]);
  });

  it("with other deployments at once, and with the same ones after a wait", async () => {
    const harness = world({ numRetries: 3, allowedFails: 0 }, ["a", "b"]);
    for (const id of ["a", "b"]) harness.provider.script(id, fails("internal_server"));
    const [served, ms] = await asked(harness);
    expect(served.slice(0, 2).toSorted()).toEqual(["a", "b"]);
    expect([served.length, served.at(-1), ms]).toEqual([5, "spare", 1_000 + 2_000]);
  });

  it.each([
    [undefined, ["a", "a", "a", "spare"], 500 + 1_000],
    [700, ["a", "a", "a", "spare"], 1_400],
    [5_000, ["a", "a", "a", "spare"], 10_000],
    [5_001, ["a", "spare"], 0],
    [60_000, ["a", "spare"], 0],
    [1e21, ["a", "spare"], 0],
  ])("and wait up to a Retry-After of %j ms", async (retryAfterMs, served, ms) => {
    for (const kind of ["rate_limit", "service_unavailable"] as const) {
      const harness = world();
      harness.provider.script("a", fails(kind, retryAfterMs === undefined ? {} : { retryAfterMs }));
      expect(await asked(harness)).toEqual([served, ms]);
    }
  });

  it.each([
    [{ maxRetryWaitMs: 20_000 }, ["a", "a", "a", "spare"], 30_000],
    [{ maxRetryWaitMs: 0 }, ["a", "spare"], 0],
    [{ deadlineMs: 10_000, maxRetryWaitMs: 20_000 }, ["a", "spare"], 0],
    [{ fallbacks: {} }, ["a", "a", "a"], 30_000],
  ] as const)("and stay within `maxRetryWaitMs` and the deadline: %j", async (more, served, ms) => {
    const harness = world(more);
    harness.provider.script("a", fails("rate_limit", { retryAfterMs: 15_000 }));
    expect(await asked(harness)).toEqual([served, ms]);
  });

  it("and end at a backoff that is longer than `maxRetryWaitMs`", async () => {
    const harness = world({ numRetries: 9, maxRetryWaitMs: 2_000 });
    harness.provider.script("a", fails("internal_server"));
    expect(await asked(harness)).toEqual([["a", "a", "a", "a", "spare"], 500 + 1_000 + 2_000]);
  });

  it.each(["authentication", "permission_denied", "quota_exhausted", "not_found"] as const)(
    "but a failure that no wait can fix falls back at once: %s",
    async (kind) => {
      for (const retryPolicy of [undefined, { RateLimitError: 5 }, { AuthenticationError: 5 }]) {
        const harness = world(retryPolicy === undefined ? {} : { retryPolicy });
        harness.provider.script("a", fails(kind, { retryAfterMs: 100 }));
        expect(await asked(harness)).toEqual([["a", "spare"], 0]);
      }
    },
  );

  it("but a timeout falls back at once, unless a policy asks for a retry of the silent deployment", async () => {
    for (const stream of [false, true]) {
      const harness = world({ timeoutMs: 1_000 });
      harness.provider.script("a", hangs());
      expect(await asked(harness, { stream })).toEqual([["a", "spare"], 1_000]);
      const patient = world({ timeoutMs: 1_000, retryPolicy: { Timeout: 1 } });
      patient.provider.script("a", hangs());
      expect((await asked(patient, { stream }))[0]).toEqual(["a", "a", "spare"]);
    }
  });

  it("also after a timeout if another deployment of the group had failed before", async () => {
    const harness = world({ timeoutMs: 1_000, numRetries: 5 }, ["a", "b"]);
    harness.provider.script("a", hangs());
    harness.provider.script("b", hangs());
    const [served, ms] = await asked(harness);
    expect([served.length, served.at(-1), ms]).toEqual([3, "spare", 2_000]);
  });

  it("with at most (1 + retries) attempts in each group", async () => {
    for (const kind of ["internal_server", "rate_limit", "service_unavailable"] satisfies ErrorKind[]) {
      for (const numRetries of [0, 1, 4]) {
        const harness = setup({
          modelList: ["a", "b", "c"].flatMap((id) => [
            deploymentOptions(id, { modelName: id }),
            deploymentOptions(`${id}2`, { modelName: id }),
          ]),
          fallbacks: { a: ["b", "c"] },
          numRetries,
          random: still,
        });
        harness.provider.script("*", fails(kind));
        const error = await failure(harness.ask({ model: "a" }));
        for (const group of ["a", "b", "c"])
          expect(error.attempts.filter((attempt) => attempt.group === group)).toHaveLength(1 + numRetries);
      }
    }
  });

  it("and never before the time that a vendor named, although another deployment may be retried sooner", async () => {
    const harness = world({ numRetries: 2 }, ["a", "b"]);
    harness.provider.script("a", fails("rate_limit", { retryAfterMs: 4_000 }), answers());
    harness.provider.script("b", fails("internal_server"));
    const [served] = await asked(harness);
    expect(served.filter((id) => id === "a")).toHaveLength(1);
    expect(served.filter((id) => id === "b")).toHaveLength(2);
  });
});

describe("a primary group that recovers from an outage", () => {
  it.each([
    ["alone", false, {}],
    ["alone, by a count", false, { allowedFails: 0 }],
    ["with shared state", true, {}],
    ["with shared state, by a count", true, { allowedFails: 2 }],
  ])("serves again within `cooldown_time` and one probe: %s", async (_, shared, more) => {
    const sharedState = shared ? memoryState() : undefined;
    const harness = world({ numRetries: 1, ...more, ...(sharedState === undefined ? {} : { sharedState }) });
    harness.provider.script("a", fails("internal_server"));
    const began = harness.clock.now();
    while (harness.clock.now() - began < 60_000) {
      await harness.ask();
      await harness.clock.advance(250);
    }
    harness.provider.script("a", answers());
    const ended = harness.clock.now();
    const served = () => harness.served().at(-1);
    for (;;) {
      await harness.ask();
      if (served() === "a") break;
      await harness.clock.advance(50);
    }
    expect(harness.clock.now() - ended).toBeLessThanOrEqual(5_000);
    for (let count = 0; count < 20; count += 1) {
      await harness.ask();
      expect(served()).toBe("a");
    }
  });
});
