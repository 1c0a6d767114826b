import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findRedis, freePort, startRedis } from "./redis-server.js";
import { spawnSync } from "node:child_process";

export interface SecureRedis {
  /** Reachable as `localhost` and `127.0.0.1`. */
  readonly port: number;
  stop(): Promise<void>;
}

/** Whether the Redis of the tests supports TLS. If not, it prints that once. @throws instead if Redis is required */
export function redisHasTls(): boolean {
  const binary = findRedis();
  if (binary === undefined) return false;
  // The server exits at once in both cases: TLS without a certificate, or an unknown option.
  const { stdout } = spawnSync(binary.path, ["--port", "0", "--tls-port", "1"], {
    encoding: "utf8",
    env: { ...process.env, ...binary.env },
  });
  if (/tls-cert-file/u.test(stdout)) return true;
  const message = "This Redis was built without TLS: its tests are SKIPPED.";
  if (process.env["REQUIRE_REDIS"] === "1") throw new Error(message);
  console.warn(`\n*** ${message} ***\n`);
  return false;
}

/** Starts a Redis that serves TLS. @param certificate - in PEM format */
export async function startSecureRedis(certificate: {
  readonly key: string;
  readonly cert: string;
}): Promise<SecureRedis> {
  const folder = mkdtempSync(join(tmpdir(), "redis-tls-"));
  const port = await freePort();
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const cert = file("cert.pem", certificate.cert);
  const key = file("key.pem", certificate.key);
  const tls = ["--tls-port", String(port), "--tls-cert-file", cert, "--tls-key-file", key, "--tls-ca-cert-file", cert];
  const redis = await startRedis([...tls, "--tls-auth-clients", "no"]);
  return {
    port,
    stop: async () => {
      await redis.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
