import * as tls from "node:tls";
import { silentLogger } from "@modelyard/core";
import { systemClock } from "@modelyard/core/kit";
import { redisForTests } from "@modelyard/repo-tests/redis";
import { redisHasTls, type SecureRedis, startSecureRedis } from "@modelyard/repo-tests/redis-tls";
import { scriptedProvider, selfSigned } from "@modelyard/testing";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { routerFromYaml } from "../src/index.js";

/** Node before 22.19 cannot change the certificates that it trusts. */
const canTrust = "setDefaultCACertificates" in tls;

describe.skipIf(redisForTests() === undefined || !redisHasTls() || !canTrust)(
  "a file that asks for Redis over TLS",
  () => {
    const certificate = selfSigned();
    const platform = canTrust ? tls.getCACertificates("default") : [];
    let redis: SecureRedis;
    beforeAll(async () => {
      redis = await startSecureRedis(certificate);
    });
    afterEach(() => {
      tls.setDefaultCACertificates(platform);
    });
    afterAll(() => redis.stop());

    const fileWith = (parameters: string): string => `
model_list:
  - model_name: m
    litellm_params: { model: openai/x, api_key: k, rpm: 1000 }
litellm_settings:
  cache: true
  cache_params: { type: redis, ${parameters} }
`;
    const waysToAsk = [
      ["ssl: true", () => `host: localhost, port: ${String(redis.port)}, ssl: true`],
      ["a rediss:// url", () => `url: "rediss://localhost:${String(redis.port)}"`],
    ] as const;

    const play = async (text: string) => {
      const provider = scriptedProvider({ clock: systemClock });
      const warnings: unknown[] = [];
      const warn = (fields: object, message: string): void => {
        if (message.startsWith("Redis")) warnings.push([fields, message]);
      };
      const logger = { ...silentLogger, warn };
      const { router, close } = await routerFromYaml(text, { env: {}, providers: [provider], logger });
      for (let count = 0; count < 2; count += 1)
        await router.completion({ model: "m", messages: [{ role: "user", content: "the same" }] });
      const { shared } = router.state();
      await close();
      return { calls: provider.calls.length, shared, warnings };
    };

    it.each(waysToAsk)(
      "shares limits and answers if the platform trusts the certificate: %s",
      async (_, parameters) => {
        tls.setDefaultCACertificates([...platform, certificate.cert]);
        const played = await play(fileWith(`${parameters()}, namespace: "${_}"`));
        expect(played).toEqual({ calls: 1, shared: { name: "redis", available: true }, warnings: [] });
      },
    );

    it.each(waysToAsk)(
      "logs a warning and serves without Redis if the certificate is not trusted: %s",
      async (_, parameters) => {
        expect(await play(fileWith(parameters()))).toEqual({
          calls: 2,
          shared: { name: "redis", available: false },
          warnings: [
            [
              { address: `localhost:${String(redis.port)}`, error: "DEPTH_ZERO_SELF_SIGNED_CERT" },
              "Redis is unreachable",
            ],
          ],
        });
      },
    );
  },
);
