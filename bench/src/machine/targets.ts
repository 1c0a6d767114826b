import { spawnSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { type Addressing, isOfChat, type Test } from "../load/requests.js";
import type { WireName } from "../wires/wires.js";
import { type Running, start } from "./processes.js";

/** The core of the server under test. Everything else shares the other core. */
export const measuredCore = 0;
export const otherCore = 1;

/** A server that can be put under load. */
export interface Target {
  readonly name: string;
  readonly running: Running;
  readonly address: (test: Test) => Addressing;
  /** The tests in which it takes part, since peers are slow and not every comparison is meaningful. */
  readonly takes: (test: Test) => boolean;
  /** Whether it is another project. A test that it fails continues without it. @defaultValue false */
  readonly peer?: boolean;
}

const here = import.meta.dirname;
/** The checkout that this benchmark belongs to. */
export const thisCheckout = join(here, "../..");
const listening = /listening (?<port>\d+)/u;
const usual = (): Addressing => ({});
const always = (): boolean => true;

export async function startUpstream(): Promise<Target> {
  const running = await start(otherCore, { args: [join(here, "servers/upstream.js")], ready: listening });
  return { name: "direct", running, address: ({ kind }) => ({ basePath: `/${kind}/v1` }), takes: always };
}

export async function startBare(upstream: string): Promise<Target> {
  const running = await start(measuredCore, { args: [join(here, "servers/bare.js"), upstream], ready: listening });
  return { name: "bare", running, address: usual, takes: always };
}

/** What a deployment's `litellm_params` say of its vendor, so that it is asked on this wire. */
const vendors: Readonly<Record<WireName, (base: string) => string>> = {
  chat: (base) => `model: openai/gpt-4, wire: chat, api_base: "${base}/v1"`,
  messages: (base) => `model: anthropic/claude-sonnet-4-5, api_base: "${base}"`,
  responses: (base) => `model: openai/gpt-5.4, wire: responses, api_base: "${base}/v1"`,
};

/** The same for chat callers of a chat vendor, which need no setting of ours. */
function usualVendor(base: string): string {
  return `model: openai/gpt-4, api_base: "${base}/v1"`;
}

/** A LiteLLM file with three deployments per group, for our proxy and LiteLLM's. */
function configFile(upstream: string, tests: readonly Test[], more = ""): string {
  const groups = new Map(tests.map((test) => [test.group, isOfChat(test) ? usualVendor : vendors[test.vendor]]));
  const deployments = [...groups].flatMap(([group, vendor]) =>
    ["k1", "k2", "k3"].map(
      (key) =>
        `  - model_name: "${group}"\n    litellm_params: { ${vendor(`${upstream}/${group}`)}, api_key: ${key} }\n`,
    ),
  );
  const file = join(mkdtempSync(join(tmpdir(), "modelyard-bench-")), "config.yaml");
  writeFileSync(file, `model_list:\n${deployments.join("")}${more}`);
  return file;
}

/** What a proxy serves. */
export interface Serving {
  /** The origin of the upstream server. */
  readonly upstream: string;
  /** The tests whose model groups it needs. */
  readonly tests: readonly Test[];
}

export async function startProxy(serving: Serving, prometheus = false): Promise<Target> {
  const more = prometheus ? "litellm_settings: { callbacks: [prometheus] }\n" : "";
  const running = await startCommand(thisCheckout, serving, more);
  const name = prometheus ? "proxy, Prometheus" : "proxy";
  return { name, running, address: usual, takes: prometheus ? isMain : always };
}

/** The built proxy of a checkout of this repository. */
export async function startProxyOf(checkout: string, name: string, serving: Serving): Promise<Target> {
  return { name, running: await startCommand(checkout, serving), address: usual, takes: always };
}

/** Starts the command like an installed one: its first line finds Node in the path and passes options to V8. */
function startCommand(checkout: string, { upstream, tests }: Serving, more = ""): Promise<Running> {
  return start(measuredCore, {
    command: join(checkout, "apps/proxy/dist/cli.js"),
    args: ["serve", "--config", configFile(upstream, tests, more), "--port", "0", "--no-watch"],
    env: { PATH: `${dirname(process.execPath)}${delimiter}${process.env["PATH"] ?? ""}` },
    ready: /listens on http:\/\/[\w.]+:(?<port>\d+)/u,
  });
}

/** The most common comparison. */
function isMain(test: Test): boolean {
  return test.group === "1024" && test.connections === 64;
}

export async function startHono(upstream: string): Promise<Target> {
  const running = await start(measuredCore, {
    args: [join(here, "servers/hono-fetch.js"), upstream],
    ready: listening,
  });
  return { name: "Hono + fetch", running, address: usual, takes: isPeerTest, peer: true };
}

/** The tests for peers, which are few since peers are slow. */
function isPeerTest({ group, connections }: Test): boolean {
  return (group === "1024" || group === "events") && connections < 256;
}

/**
 * Node 20 from npm, as in Portkey's own image (its Dockerfile begins with `FROM node:20-alpine`). On Node 24 Portkey is
 * faster, but answers streams with a 500.
 */
function nodeOfPortkey(): string {
  const wanted = ["--yes", "--prefer-offline", "--package=node@20", "--", "node", "-p", "process.execPath"];
  const { status, stdout } = spawnSync("npx", wanted, { encoding: "utf8" });
  if (status !== 0) throw new Error("Portkey needs Node 20, and npm could not get it.");
  return stdout.trim();
}

export async function startPortkey(upstream: string): Promise<Target> {
  const port = await freePort();
  const script = createRequire(import.meta.url).resolve("@portkey-ai/gateway/build/start-server.js");
  const running = await start(measuredCore, {
    command: nodeOfPortkey(),
    args: [script, `--port=${String(port)}`, "--headless"],
    ready: new RegExp(`(?<port>${String(port)})[\\s\\S]*Ready`, "u"),
  });
  return {
    name: "Portkey",
    running,
    address: ({ group }) => ({
      headers: { "x-portkey-provider": "openai", "x-portkey-custom-host": `${upstream}/${group}/v1` },
    }),
    takes: isPeerTest,
    peer: true,
  };
}

/** @param environment - a Python environment with LiteLLM's proxy */
export async function startLiteLLM(serving: Serving, environment: string): Promise<Target> {
  const port = await freePort();
  const running = await start(measuredCore, {
    command: join(environment, "bin/python"),
    args: [
      join(environment, "bin/litellm"),
      "--config",
      configFile(serving.upstream, serving.tests),
      "--port",
      String(port),
      "--host",
      "127.0.0.1",
    ],
    env: {
      LITELLM_LOCAL_MODEL_COST_MAP: "True",
      LITELLM_LOG: "ERROR",
      LITELLM_DANGEROUSLY_PERMIT_WEAK_OR_UNSET_MASTER_KEY: "true",
    },
    ready: { port, path: "/health/liveliness" },
  });
  return { name: "LiteLLM", running, address: usual, takes: isPeerTest, peer: true };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => {
        resolve(port);
      });
    });
  });
}
