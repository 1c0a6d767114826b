// Tests that what a translated conversation needs again is found by another process, through Redis.
import { silentLogger } from "@modelyard/core";
import { redisForTests, type RedisProcess, startRedis } from "@modelyard/repo-tests/redis";
import { redisCommand } from "@modelyard/repo-tests/redis-commands";
import { failure, replies, startUpstream, type Upstream } from "@modelyard/testing";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";

describe.skipIf(redisForTests() === undefined)(
  "a conversation with a vendor of another API, in two processes with one Redis",
  () => {
    let upstream: Upstream;
    let redis: RedisProcess;
    const closing: (() => Promise<void>)[] = [];
    beforeAll(async () => {
      [upstream, redis] = await Promise.all([startUpstream(), startRedis()]);
    });
    afterEach(async () => {
      upstream.reset();
      for (const close of closing.splice(0)) await close();
    });
    afterAll(() => Promise.all([upstream.close(), redis.stop()]));

    /** A router whose modules are its own, as those of another process are. */
    async function openRouter() {
      vi.resetModules();
      const { routerFromYaml } = await import("../src/index.js");
      const text = `
model_list:
  - model_name: m
    litellm_params: { model: anthropic/claude-sonnet-4-5, api_key: k, api_base: "${upstream.origin}", rpm: 1000 }
router_settings: { redis_url: "${redis.url}" }
`;
      const { router, close } = await routerFromYaml(text, { env: {}, logger: silentLogger });
      closing.push(close);
      return router;
    }

    it("goes on in the other one, for the same caller only", async () => {
      const [one, other] = [await openRouter(), await openRouter()];
      const alice = { caller: "alice" };
      // Loading the modules of the second router may stall the first one for so long that Redis seems to be away. Nothing is
      // shared then, since no call waits for Redis.
      const id = await vi.waitFor(
        async () => {
          await redisCommand(redis.port, "FLUSHALL");
          upstream.script({}, replies("It rains."));
          const answer = await one.responses({ model: "m", input: "Weather?" }, alice);
          await vi.waitFor(async () => {
            expect(await redisCommand(redis.port, "KEYS", "*conversation:*")).toContain("conversation:");
          });
          return answer.id;
        },
        { timeout: 20_000 },
      );
      const next = { model: "m", input: "And tomorrow?", previous_response_id: id };
      await vi.waitFor(() => other.responses(next, alice), { timeout: 20_000 });
      expect(await failure(other.responses(next, { caller: "bob" }))).toMatchObject({
        param: "previous_response_id",
      });
      expect(JSON.stringify(upstream.calls.at(-1)?.body)).toMatch(/Weather\?.*It rains\..*And tomorrow\?/u);
    });
  },
);
