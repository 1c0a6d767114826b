import { readFileSync } from "node:fs";
import { randomUUID } from "node:crypto";
import { systemClock } from "@modelyard/core/kit";
import { redisForTests } from "@modelyard/repo-tests/redis";
import { createRouter } from "@modelyard/router";
import { answers, fails, scriptedProvider } from "@modelyard/testing";
import type { Redis } from "ioredis";
import { describe, expect, it } from "vitest";
import { redisCache, redisConnection, redisState } from "../src/index.js";

const url = redisForTests();
const secret = "sk-very-secret";
const prompt = "a confidential prompt";

interface Key {
  readonly name: string;
  readonly ttlMs: number;
  readonly content: string;
}

async function keysOf(client: Redis, prefix: string): Promise<readonly Key[]> {
  const names = await client.keys(`${prefix}:*`);
  return Promise.all(
    names.map(async (name) => {
      const type = await client.type(name);
      const content =
        type === "string"
          ? await client.get(name)
          : type === "hash"
            ? await client.hgetall(name)
            : await client.zrange(name, "0", "-1", "WITHSCORES");
      return { name, ttlMs: await client.pttl(name), content: JSON.stringify(content) };
    }),
  );
}

/** The key names listed in docs/redis.md, as patterns. */
function documented(): readonly RegExp[] {
  const text = readFileSync(new URL("../../../docs/redis.md", import.meta.url), "utf8");
  const names = [...text.matchAll(/^\| `modelyard:v2:(?<name>[^`]+)`/gmu)].map((match) => match.groups?.["name"] ?? "");
  return names.map(
    (name) => new RegExp(`^${name.replaceAll(/[{}]/gu, String.raw`\$&`).replaceAll(/[A-Z]{2,}/gu, ".+")}$`, "u"),
  );
}

describe.skipIf(url === undefined)("keys in Redis", () => {
  const run = async (cached: boolean): Promise<readonly Key[]> => {
    const connection = redisConnection({ url: url ?? "", namespace: `keys-${randomUUID()}`, commandMs: 2_000 });
    await connection.ready(5_000);
    const state = redisState(connection);
    const provider = scriptedProvider({ clock: systemClock });
    provider.script("*", answers("an answer"));
    provider.script("eu/odd:1.a-b", fails("rate_limit"));
    const limits = { rpm: 1_000_000, tpm: 100_000_000, apiKey: secret };
    const router = createRouter({
      providers: [provider],
      sharedState: state,
      ...(cached ? { responseCache: redisCache(connection), cacheResponses: true } : {}),
      modelList: [
        { id: "good", modelName: "m", model: "openai/good", ...limits },
        { id: "eu/odd:1.a-b", modelName: "m", model: "openai/bad", ...limits, maxParallelRequests: 10 },
        { id: "one", modelName: "full", model: "openai/good", rpm: 1, maxParallelRequests: 1, apiKey: secret },
      ],
    });
    // Quotas are prefetched only once the number of processes is known.
    await expect.poll(() => state.processes).toBe(1);
    const ask = async (model: "m" | "full", index: number) =>
      router.completion({ model, messages: [{ role: "user", content: `${prompt} ${String(index)}` }] });
    await Promise.allSettled(Array.from({ length: 40 }, async (_, index) => ask("m", index)));
    await Promise.allSettled(Array.from({ length: 3 }, async (_, index) => ask("full", index)));
    // A call in flight.
    await state.reserve({
      deploymentId: "one",
      reservationId: "open",
      limits: [{ name: "parallel", kind: "slots", limit: 1 }],
      amounts: [1],
      ttlMs: 60_000,
      now: 0,
    });
    const keys = await connection.command("", (client) => keysOf(client as Redis, connection.prefix));
    const names = keys.map(({ name }) => name.slice(connection.prefix.length + 1));
    for (const name of names) expect(documented().filter((pattern) => pattern.test(name))).not.toEqual([]);
    await router.close();
    await state.close();
    await connection.close();
    return keys;
  };

  it("are documented, expire, and contain neither secrets nor prompts", async () => {
    const keys = await run(false);
    for (const part of [":lease:", ":limits", ":slots", ":reservation:", "cooldowns:until", ":processes"]) {
      expect([part, keys.some(({ name }) => name.includes(part))]).toEqual([part, true]);
    }
    expect(keys.filter(({ ttlMs }) => ttlMs <= 0)).toEqual([]);
    const all = JSON.stringify(keys);
    expect(all).not.toContain(secret);
    expect(all).not.toContain(prompt);
    expect(all).not.toContain("an answer");
  });

  it("contain answers only if response caching is on, and those expire as well", async () => {
    const keys = await run(true);
    expect(keys.some(({ content }) => content.includes("an answer"))).toBe(true);
    expect(keys.filter(({ ttlMs }) => ttlMs <= 0)).toEqual([]);
    expect(JSON.stringify(keys)).not.toContain(secret);
  });
});
