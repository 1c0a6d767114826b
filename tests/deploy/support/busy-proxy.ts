import { EventEmitter, once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Callback, silentLogger } from "@modelyard/core";
import { createGateway } from "@modelyard/gateway";
import { createNodeServer } from "@modelyard/gateway/node";
import { readScrape, type Scrape } from "@modelyard/repo-tests/metrics";
import { findRedis, startRedis } from "@modelyard/repo-tests/redis";
import { breaks, refuses, replies, startUpstream } from "@modelyard/testing";
import { routerFromYaml } from "modelyard";

/** A callback that fails, under the name of one that users have. */
const failing: Callback = {
  name: "langfuse",
  events: ["request_succeeded"],
  on: () => {
    throw new Error("The server of the callback is down.");
  },
};

/**
 * What Prometheus reads from a proxy to which everything has happened: answers, streams, sessions, hits of the cache, refused keys,
 * outages, cooldowns, fallbacks that served and that failed, limits, waits for them, callers that left, and, if there is a Redis, its end.
 */
export async function scrapeBusyProxy(): Promise<Scrape> {
  const redis = findRedis() === undefined ? undefined : await startRedis();
  const events = new EventEmitter();
  const lost = once(events, "lost");
  const watching: Callback = {
    name: "watching",
    events: ["shared_state_lost"],
    on: () => {
      events.emit("lost");
    },
  };
  const upstream = await startUpstream();
  const folder = mkdtempSync(join(tmpdir(), "modelyard-busy-"));
  writeFileSync(join(folder, "broken.mjs"), 'export const strategy = { name: "mine", pick: () => ({}) };\n');
  const file = join(folder, "config.yaml");
  const at = (name: string, host: string, more = ""): string =>
    `  - model_name: ${name}
    litellm_params: { model: openai/gpt-4o, api_key: k, api_base: "${upstream.url(host)}/v1"${more} }\n`;
  writeFileSync(
    file,
    `model_list:
${at("chat", "good", ", rpm: 1000, tpm: 1000000")}${at("chat", "good-too", ", rpm: 1000, tpm: 1000000")}${at("down", "down")}${at("dead", "dead")}${at("refused", "refused")}${at("narrow", "narrow", ", rpm: 1")}${at("single", "single", ", max_parallel_requests: 1")}router_settings:
  routing_strategy: ./broken.mjs
  affinity: true
  num_retries: 1
  retry_budget: { share: 0, floor_per_second: 0 }
  allowed_fails: 1
  cooldown_time: 60
  fallbacks: [{ down: [chat] }, { dead: [refused] }]
${redis === undefined ? "" : `  redis_url: ${redis.url}\n`}litellm_settings:
  callbacks: [prometheus]
  cache: true
  cache_params: { type: local, mode: default_off }
`,
  );
  const yaml = await routerFromYaml({ file }, { callbacks: [failing, watching], logger: silentLogger, env: {} });
  const server = createNodeServer(createGateway(yaml.router, { routes: yaml.routes }));
  try {
    server.server.listen(0, "127.0.0.1");
    await once(server.server, "listening");
    const origin = `http://127.0.0.1:${String((server.server.address() as AddressInfo).port)}`;
    const ask = async (model: string, body: object = {}, signal: AbortSignal | null = null): Promise<string> => {
      const response = await fetch(`${origin}/v1/chat/completions`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ model, messages: [{ role: "user", content: "hi" }], ...body }),
        signal,
      });
      return response.text();
    };
    const headers = { "x-ratelimit-remaining-requests": "9", "x-ratelimit-remaining-tokens": "900" };
    upstream.script({}, replies("a good answer", { headers }));
    upstream.script({ host: "down" }, refuses(503));
    upstream.script({ host: "dead" }, refuses(500));
    upstream.script({ host: "refused" }, refuses(401));
    await ask("chat");
    await ask("chat", { stream: true });
    const long = [{ role: "user", content: "word ".repeat(2_400) }];
    for (const session of ["one", "one"]) await ask("chat", { messages: long, litellm_session_id: session });
    for (let time = 0; time < 2; time += 1) await ask("chat", { cache: { "use-cache": true } });
    for (const model of ["down", "down", "down", "dead", "dead", "narrow", "narrow", "made-up"]) await ask(model);
    upstream.reset();
    upstream.script({}, breaks("hang_before_headers"));
    const leaving = new AbortController();
    const left = ["chat", "single"].map((model) => ask(model, {}, leaving.signal).catch(() => undefined));
    await upstream.waitForCalls(2);
    // The only slot is taken, so that this one waits in vain.
    await ask("single", { max_limit_wait: 0.05 });
    leaving.abort();
    await Promise.all(left);
    await upstream.idle();
    if (redis !== undefined) {
      redis.kill();
      await lost;
    }
    return readScrape(await (await fetch(`${origin}/metrics`)).text());
  } finally {
    await server.drain(1_000);
    await yaml.close();
    await upstream.close();
    await redis?.stop();
    rmSync(folder, { recursive: true });
  }
}
