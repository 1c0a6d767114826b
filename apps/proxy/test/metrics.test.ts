import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createGateway } from "@modelyard/gateway";
import { createNodeServer, type NodeServer } from "@modelyard/gateway/node";
import { readScrape, type Scrape } from "@modelyard/repo-tests/metrics";
import { breaks, refuses, replies, startUpstream, type Upstream } from "@modelyard/testing";
import { routerFromYaml, type YamlRouter } from "modelyard";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

let upstream: Upstream;
let opened: { readonly yaml: YamlRouter; readonly server: NodeServer } | undefined;
beforeEach(async () => {
  upstream = await startUpstream();
});
afterEach(async () => {
  await opened?.server.drain(1_000);
  await opened?.yaml.close();
  await upstream.close();
});

async function serve(settings: string): Promise<string> {
  const yaml = await routerFromYaml(`model_list:
  - model_name: gpt-4
    litellm_params: { model: openai/a, api_key: sk-canary, api_base: ${upstream.url("east")}/v1 }
    model_info: { id: east }
  - model_name: gpt-4
    litellm_params: { model: openai/a, api_key: sk-canary, api_base: ${upstream.url("west")}/v1 }
    model_info: { id: west }
router_settings: { cooldown_time: 60 }
general_settings: { master_key: sk-master-canary }
litellm_settings: { callbacks: [prometheus]${settings} }
`);
  const { masterKey } = yaml.config.proxy;
  const server = createNodeServer(createGateway(yaml.router, { masterKey, routes: yaml.routes }));
  server.server.listen(0, "127.0.0.1");
  await once(server.server, "listening");
  opened = { yaml, server };
  return `http://127.0.0.1:${String((server.server.address() as AddressInfo).port)}`;
}

const ask = (origin: string, body: object = {}, signal?: AbortSignal): Promise<Response> =>
  fetch(`${origin}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: "Bearer sk-master-canary", "content-type": "application/json" },
    body: JSON.stringify({ model: "gpt-4", messages: [{ role: "user", content: "canary" }], ...body }),
    ...(signal === undefined ? {} : { signal }),
  });

const scrape = async (origin: string): Promise<Scrape> => readScrape(await (await fetch(`${origin}/metrics`)).text());

describe("/metrics of the proxy", () => {
  it("needs no API key, unless the file says so", async () => {
    const open = await serve("");
    expect((await fetch(`${open}/metrics`)).status).toBe(200);
    await opened?.server.drain(1_000);
    await opened?.yaml.close();
    const closed = await serve(", require_auth_for_metrics_endpoint: true");
    expect((await fetch(`${closed}/metrics`)).status).toBe(401);
    const headers = { authorization: "Bearer sk-master-canary" };
    expect((await fetch(`${closed}/metrics`, { headers })).status).toBe(200);
  });

  it("agrees with what the vendors received, after a storm of good, bad, broken and abandoned calls", async () => {
    upstream.script({ host: "east" }, replies("fine"), refuses(500), breaks("truncated_stream"), replies("fine"));
    upstream.script({ host: "west" }, replies("fine", { delayMs: 5 }), refuses("overloaded"), replies("fine"));
    const origin = await serve("");
    const calls = Array.from({ length: 30 }, (_, index) => ask(origin, { stream: index % 2 === 0 }));
    await Promise.allSettled(calls.map(async (call) => (await call).text()));
    const before = upstream.calls.length;
    upstream.script({}, breaks("hang_before_headers"));
    const leaving = new AbortController();
    const left = Array.from({ length: 5 }, () => ask(origin, {}, leaving.signal).catch(() => undefined));
    await upstream.waitForCalls(before + 5);
    leaving.abort();
    await Promise.all(left);
    await upstream.idle();
    upstream.script({}, replies("fine"));
    await ask(origin).then((response) => response.text());
    const { samples, value, labelValues } = await scrape(origin);
    const sum = (name: string): number => (samples.get(name) ?? []).reduce((all, one) => all + one.value, 0);
    expect(sum("litellm_deployment_total_requests_total") + sum("modelyard_deployment_aborted_calls_total")).toBe(
      upstream.calls.length,
    );
    expect(sum("modelyard_deployment_aborted_calls_total")).toBe(5);
    expect(sum("litellm_proxy_total_requests_metric_total")).toBe(36);
    for (const model_id of ["east", "west"]) expect(value("modelyard_deployment_in_flight", { model_id })).toBe(0);
    expect([...labelValues("api_base")].every((base) => base.startsWith(upstream.origin))).toBe(true);
    expect(await (await fetch(`${origin}/metrics`)).text()).not.toContain("canary");
  });
});
