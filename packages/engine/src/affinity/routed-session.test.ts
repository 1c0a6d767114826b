import type { Candidate, NonEmpty, Prices } from "@modelyard/core";
import { describe, expect, it } from "vitest";
import { Affinity } from "./affinity.js";
import { RoutedSession } from "./routed-session.js";
import type { SessionKey } from "./session-keys.js";

const lifetimeMs = 300_000;
const tokens = 20_000;
const equal = { sharesOf: () => undefined, deployments: 2 };

function candidate(id: string, prices: Partial<Prices> = {}): Candidate {
  return { deployment: { id, prices }, inFlight: 0 } as unknown as Candidate;
}

const a = candidate("a");
const b = candidate("b");
const both: NonEmpty<Candidate> = [a, b];

function keyOf(id: string): SessionKey {
  return { kind: "session", source: "session", id, lookups: [id], stores: [{ id, tokens: undefined }] };
}

/** What one router knows, and requests of its sessions. */
function world(inputTokens = tokens) {
  const affinity = new Affinity(3_600_000);
  const session = (id = "s"): RoutedSession =>
    new RoutedSession(affinity, keyOf(id), {
      inputTokens,
      stream: true,
      cacheOf: () => ({ leastTokens: 1_024, lifetimeMs }),
    });
  /** A request that is served at once. @returns what is reported */
  const serve = (place: Candidate, now: number, cached?: number, id = "s") => {
    const routed = session(id);
    routed.choose(both, undefined, now);
    const attempt = routed.begin(place, now);
    attempt.firstToken(200 + 0.25 * (inputTokens - (cached ?? routed.cachedAt(place))), now);
    const details = cached === undefined ? {} : { prompt_tokens_details: { cached_tokens: cached } };
    return attempt.served(now, { prompt_tokens: inputTokens, completion_tokens: 1, total_tokens: 1, ...details });
  };
  /** Lets prompts wait at a deployment. */
  const load = (place: Candidate, prompts: number, now: number) =>
    Array.from({ length: prompts }, () => session("other").begin(place, now));
  return { affinity, session, serve, load };
}

describe("a session with a warm cache", () => {
  it("stays as long as what the cache saves outweighs the wait", () => {
    const { session, serve, load } = world();
    serve(a, 0);
    load(a, 1, 1);
    expect(session().choose(both, equal, 1)).toBe(a);
    load(a, 3, 1);
    const routed = session();
    expect(routed.choose(both, equal, 1)).toBe(b);
    expect(routed.moved).toBe("load");
    // A strategy that does more than spreading load decides where it goes instead.
    expect(session().choose(both, undefined, 1)).toBeUndefined();
  });

  it("waits longer if the cache also saves money", () => {
    const priced = candidate("a", { inputCostPerToken: 3e-6, cachedInputCostPerToken: 3e-7 });
    const pair: NonEmpty<Candidate> = [priced, b];
    const { session, serve, load } = world();
    serve(priced, 0);
    load(priced, 2, 1);
    expect(session().choose(pair, equal, 1)).toBe(priced);
    expect(session().choose([a, b], equal, 1)).toBe(b);
  });

  it("leaves a deployment whose oldest prompt is overdue, and stays at one that is only slow", () => {
    const { session, serve, load } = world();
    serve(a, 0);
    load(a, 1, 0);
    expect(session().choose(both, equal, 5_000)).toBe(a);
    expect(session().choose(both, equal, 20_000)).toBe(b);
  });

  it("returns to a deployment only as long as the cache there is warm", () => {
    const { session, serve } = world();
    serve(a, 0);
    serve(b, 1_000);
    expect(session().choose([a], equal, lifetimeMs)).toBe(a);
    expect(session().wanted).toBeUndefined();
    const warm = session();
    warm.choose(both, equal, lifetimeMs - 1);
    expect(warm.wanted?.tokens).toBe(tokens);
    const cold = session();
    expect(cold.choose(both, equal, lifetimeMs + 500)).toBe(b);
    expect(cold.wanted?.deploymentId).toBe("b");
  });

  it("passes over a deployment that is not a candidate", () => {
    const { session, serve } = world();
    serve(a, 0);
    const routed = session();
    expect(routed.choose([b], equal, 1)).toBe(b);
    expect(routed.moved).toBe("unavailable");
  });

  it("does not expect what its deployment turned out not to keep", () => {
    const { session, serve, load } = world();
    for (let now = 0; now < 40; now += 1) serve(a, now, 0);
    load(a, 1, 50);
    expect(session().choose(both, equal, 50)).toBe(b);
  });

  it("reports what was wanted, obtained and saved", () => {
    const priced = candidate("a", { inputCostPerToken: 3e-6, cachedInputCostPerToken: 3e-7 });
    const { serve } = world();
    expect(serve(priced, 0, 0)).toMatchObject({ choice: "placed", wantedTokens: 0, cachedTokens: 0, savedUsd: 0 });
    const second = serve(priced, 1, 10_000);
    expect(second).toMatchObject({ choice: "kept", wantedTokens: tokens, cachedTokens: 10_000 });
    expect(second?.savedUsd).toBeCloseTo(0.027, 9);
    expect(serve(b, 2)).toMatchObject({ choice: "moved", reason: "load" });
  });

  it("expects nothing of prompts that are too short for a cache, but stays anyway", () => {
    const { serve, session } = world(500);
    serve(a, 0);
    expect(session().choose(both, equal, 1)).toBe(a);
    expect(serve(a, 1)).toMatchObject({ choice: "kept", wantedTokens: 0 });
  });
});

describe("a session whose caches are cold", () => {
  it("stays where it was last, unless another deployment would answer sooner", () => {
    const { session, serve, load } = world();
    for (const place of [a, b]) serve(place, 0, undefined, place.deployment.id);
    const later = lifetimeMs + 1;
    expect(session("a").choose(both, undefined, later)).toBe(a);
    expect(session("b").choose(both, undefined, later)).toBe(b);
    load(a, 1, later);
    expect(session("a").choose(both, undefined, later)).toBeUndefined();
  });
});

describe("a deployment that fails", () => {
  it("loses the session that it did not have before, and keeps what it had", () => {
    const { affinity, session, serve } = world();
    const first = session().begin(a, 0);
    expect(affinity.table.placesOf("s", 0)).toHaveLength(1);
    first.failed();
    first.end(false, 0);
    expect(affinity.table.placesOf("s", 0)).toEqual([]);
    serve(a, 1);
    session().begin(a, 2).failed();
    expect(affinity.table.placesOf("s", 2)).toHaveLength(1);
  });

  it("also loses it if the caller aborts before the first token, but not later", () => {
    const { affinity, session } = world();
    session().begin(a, 0).end(true, 1);
    expect(affinity.table.placesOf("s", 1)).toEqual([]);
    const attempt = session().begin(a, 2);
    attempt.firstToken(5, 7);
    attempt.end(true, 8);
    expect(affinity.table.placesOf("s", 8)).toHaveLength(1);
  });
});

describe("a deployment that is added", () => {
  it("does not get every new session", () => {
    const { affinity, session, load } = world();
    for (const place of both) for (const attempt of load(place, 50, 0)) attempt.end(false, 0);
    const all: NonEmpty<Candidate> = [a, b, candidate("c")];
    const counts = new Map<string, number>();
    for (let index = 0; index < 300; index += 1) {
      const routed = session(`new ${String(index)}`);
      const place = routed.choose(all, equal, 0) ?? a;
      routed.begin(place, 0).end(false, 0);
      counts.set(place.deployment.id, (counts.get(place.deployment.id) ?? 0) + 1);
    }
    expect(affinity.loadOf(all[2] as Candidate).recent(0)).toBeGreaterThan(50);
    for (const count of counts.values()) expect(Math.abs(count - 100)).toBeLessThan(15);
  });
});
