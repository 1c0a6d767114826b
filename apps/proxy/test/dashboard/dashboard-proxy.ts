import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { type Clock, silentLogger } from "@modelyard/core";
import { systemClock } from "@modelyard/core/kit";
import { createGateway } from "@modelyard/gateway";
import { createNodeServer } from "@modelyard/gateway/node";
import { startUpstream, type Upstream } from "@modelyard/testing";
import { routerFromYaml, type YamlRouter } from "modelyard";
import { Dashboard, type DashboardOptions } from "../../src/dashboard/dashboard.js";

export const key = "sk-master-canary";

export interface DashboardProxy {
  readonly origin: string;
  readonly upstream: Upstream;
  readonly yaml: YamlRouter;
  readonly dashboard: Dashboard;
  chat(model: string, more?: object): Promise<number>;
  get(path: string): Promise<Response>;
  close(): Promise<void>;
}

export interface ProxyOptions extends Pick<DashboardOptions, "worker"> {
  /** What the file says besides its deployments. @defaultValue a master key */
  readonly general?: string;
  /** Of the router. The dashboard sends in real time. */
  readonly clock?: Clock;
}

/** The real clock, which can be moved ahead. */
export class MovableClock implements Clock {
  readonly setTimer = systemClock.setTimer.bind(systemClock);
  readonly clearTimer = systemClock.clearTimer.bind(systemClock);
  #aheadMs = 0;

  now(): number {
    return systemClock.now() + this.#aheadMs;
  }

  advance(ms: number): void {
    this.#aheadMs += ms;
  }
}

/** A proxy with the dashboard, in front of a scripted vendor. */
export async function startDashboardProxy(
  fileFor: (upstream: Upstream) => string,
  { general = `{ master_key: ${key} }`, clock = systemClock, worker }: ProxyOptions = {},
): Promise<DashboardProxy> {
  const upstream = await startUpstream();
  const dashboard = new Dashboard({ worker });
  const yaml = await routerFromYaml(`${fileFor(upstream)}\ngeneral_settings: ${general}\n`, {
    env: {},
    logger: silentLogger,
    callbacks: () => [dashboard.callback],
    router: { clock },
  });
  const { masterKey, keyHeader } = yaml.config.proxy;
  const gateway = createGateway(yaml.router, { masterKey, keyHeader, routes: dashboard.routes(yaml) });
  const { server } = createNodeServer(gateway);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const origin = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
  return {
    origin,
    upstream,
    yaml,
    dashboard,
    chat: async (model, more = {}) => {
      const body = JSON.stringify({ model, messages: [{ role: "user", content: "prompt-canary" }], ...more });
      const response = await fetch(`${origin}/v1/chat/completions`, { method: "POST", headers, body });
      await response.text();
      return response.status;
    },
    get: (path) => fetch(origin + path, { headers }),
    close: async () => {
      dashboard.close();
      server.closeAllConnections();
      server.close();
      await yaml.close();
      await upstream.close();
    },
  };
}

/** A group whose first deployment can be made to fail, with a group to fall back to. */
export function twoGroups(upstream: Upstream): string {
  const deployment = (name: string, id: string, more = ""): string => `
  - model_name: ${name}
    litellm_params: { model: openai/gpt-4, api_base: "${upstream.url(id)}/v1", api_key: sk-vendor-canary, weight: 1${more} }
    model_info: { id: ${id}, input_cost_per_token: 0.00003, output_cost_per_token: 0.00006 }`;
  return `
model_list:${deployment("gpt", "first", ", order: 1")}${deployment("gpt", "second", ", order: 2")}${deployment("spare", "third")}
router_settings: { num_retries: 1, cooldown_time: 30, enable_pre_call_checks: true, fallbacks: [{ gpt: [spare] }] }`;
}

/** A group of many deployments. */
export function manyDeployments(count: number): (upstream: Upstream) => string {
  return (upstream) => {
    const list = Array.from(
      { length: count },
      (_, index) => `
  - model_name: big
    litellm_params: { model: openai/gpt-4, api_base: "${upstream.url("big")}/v1", api_key: "sk-${String(index)}" }
    model_info: { id: big-${String(index)} }`,
    );
    return `model_list:${list.join("")}\nrouter_settings: { enable_pre_call_checks: true }`;
  };
}

/** Groups as an application would have them, with limits and weights. */
export function busyGroups(upstream: Upstream): string {
  const deployment = (group: string, id: string, model: string, more: string): string => `
  - model_name: ${group}
    litellm_params: { model: ${model}, api_base: "${upstream.url(id)}/v1", api_key: sk-vendor-canary, ${more} }
    model_info: { id: ${id} }`;
  return `
model_list:${[
    deployment("gpt-4o", "openai-east", "openai/gpt-4o", "weight: 3, rpm: 200, tpm: 40000"),
    deployment("gpt-4o", "openai-west", "openai/gpt-4o", "weight: 2, rpm: 200, tpm: 40000"),
    deployment("gpt-4o", "openai-eu", "openai/gpt-4o", "weight: 1, rpm: 60"),
    deployment("gpt-4o-mini", "mini-1", "openai/gpt-4o-mini", "rpm: 500"),
    deployment("gpt-4o-mini", "mini-2", "openai/gpt-4o-mini", "rpm: 500"),
    deployment("gpt-4.1", "large", "openai/gpt-4.1", "rpm: 100"),
  ].join("")}
router_settings: { num_retries: 1, cooldown_time: 45, fallbacks: [{ gpt-4o: [gpt-4o-mini] }, { gpt-4o-mini: [gpt-4.1] }] }`;
}
