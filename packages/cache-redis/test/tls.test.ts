import { redisForTests } from "@modelyard/repo-tests/redis";
import { redisHasTls, type SecureRedis, startSecureRedis } from "@modelyard/repo-tests/redis-tls";
import { silentLogger } from "@modelyard/core";
import { selfSigned } from "@modelyard/testing";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { RedisConnectionOptions } from "../src/index.js";
import { type SharedRouter, sharedRouter } from "./support/shared-router.js";

const limits = [{ name: "rpm", kind: "window", limit: 100_000, windowMs: 60_000 } as const];

describe.skipIf(redisForTests() === undefined || !redisHasTls())("Redis over TLS", () => {
  const certificate = selfSigned();
  const ca = certificate.cert;
  let redis: SecureRedis;
  let shared: SharedRouter | undefined;
  let warnings: { readonly fields: object; readonly message: string }[];
  beforeAll(async () => {
    redis = await startSecureRedis(certificate);
  });
  afterEach(() => shared?.close());
  afterAll(() => redis.stop());

  const open = (options: RedisConnectionOptions): SharedRouter => {
    warnings = [];
    const logger = {
      ...silentLogger,
      warn: (fields: object, message: string) => void warnings.push({ fields, message }),
    };
    shared = sharedRouter({ ...options, logger, commandMs: 2_000 });
    return shared;
  };
  const ask = ({ router }: SharedRouter) =>
    router.completion({ model: "m", messages: [{ role: "user", content: "the same" }] });

  it.each([
    ["a url", () => ({ url: `rediss://localhost:${String(redis.port)}`, tls: { ca } })],
    ["a host", () => ({ host: "localhost", port: redis.port, tls: { ca } })],
    ["an address", () => ({ host: "127.0.0.1", port: redis.port, tls: { ca } })],
  ] as const)("carries shared state, cached answers and messages: %s", async (_, options) => {
    const { state, until, connection } = open({ ...options(), namespace: `tls-${_}` });
    await until(true);
    await ask(shared!);
    await ask(shared!);
    // The second answer came from the cache.
    expect(await state.used({ deploymentId: "d", limits, now: 0 })).toEqual([1]);
    const received = new Promise<string>((resolve) => {
      connection.subscribe("channel", resolve);
    });
    await expect
      .poll(() => connection.command("", (client) => client.publish("channel", "hello")), { timeout: 5_000 })
      .toBe(1);
    expect(await received).toBe("hello");
    expect(warnings).toEqual([]);
  });

  it.each([
    ["a self-signed certificate", true, "DEPTH_ZERO_SELF_SIGNED_CERT"],
    ["a certificate of another authority", { ca: selfSigned().cert }, "DEPTH_ZERO_SELF_SIGNED_CERT"],
    ["a name that is not in the certificate", { ca, servername: "redis.example" }, "ERR_TLS_CERT_ALTNAME_INVALID"],
  ] as const)("is refused with one warning, and calls continue without Redis: %s", async (_, tls, error) => {
    const { state } = open({ url: `rediss://localhost:${String(redis.port)}`, tls });
    const address = `localhost:${String(redis.port)}`;
    await expect.poll(() => warnings).toEqual([{ fields: { address, error }, message: "Redis is unreachable" }]);
    for (let count = 0; count < 10; count += 1) await ask(shared!);
    expect(state.available).toBe(false);
    expect(warnings).toHaveLength(1);
  });

  it("logs a warning if the server does not speak TLS, and calls continue without Redis", async () => {
    const plain = new URL(redisForTests()!);
    open({ host: plain.hostname, port: Number(plain.port), tls: { ca } });
    // Redis waits for the rest of a command; after a second the connection is closed.
    await expect.poll(() => warnings.length, { timeout: 5_000 }).toBe(1);
    await ask(shared!);
  });

  it("logs a warning if the server requires TLS and the client does not use it, and calls continue without Redis", async () => {
    open({ host: "localhost", port: redis.port });
    await expect.poll(() => warnings.length).toBe(1);
    await ask(shared!);
  });
});
