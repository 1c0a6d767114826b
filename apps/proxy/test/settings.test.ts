import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { get, type IncomingMessage } from "node:http";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { refuses, replies, startUpstream, type Upstream } from "@modelyard/testing";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { Cli, type Run } from "./support/run-cli.js";

const folder = mkdtempSync(join(tmpdir(), "modelyard-settings-"));
const noNetwork = fileURLToPath(new URL("support/no-network.ts", import.meta.url));
const guide = fileURLToPath(new URL("../../../packages/modelyard/test/support/guide/", import.meta.url));
let cli: Cli;
let upstream: Upstream;

beforeAll(async () => {
  cli = await Cli.build("settings");
  upstream = await startUpstream();
});
afterEach(() => {
  cli.stop();
  upstream.reset();
});
afterAll(async () => {
  await upstream.close();
  rmSync(folder, { recursive: true, force: true });
});

const path = join(folder, "config.yaml");
function write(text: string, name = "config.yaml"): string {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}
const deployment = (key: string, more = ""): string =>
  `  - { model_name: gpt-4, litellm_params: { model: openai/gpt-4, api_base: "${upstream.url("a")}/v1", api_key: ${key}${more} } }\n`;

interface Serving {
  readonly running: Run;
  readonly url: string;
}

async function serve(
  args: readonly string[] = ["--config", path],
  env: Readonly<Record<string, string>> = {},
): Promise<Serving> {
  const running = cli.run(["serve", "--port", "0", "--host", "127.0.0.1", ...args], { env });
  const [, url = ""] = await running.waitForOutput(/listens on (http:\S+)/u);
  return { running, url };
}

const ask = (url: string, body: object = {}, headers: Readonly<Record<string, string>> = {}): Promise<Response> =>
  fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify({ model: "gpt-4", messages: [{ role: "user", content: "hi" }], ...body }),
  });
const keys = (): readonly unknown[] => upstream.calls.map((call) => call.headers["authorization"]);

describe("modelyard serve", () => {
  it("applies a rotated key while a stream continues with the old one", async () => {
    write(`model_list:\n${deployment("old-key")}`);
    const { running, url } = await serve();
    upstream.script({ host: "a" }, replies("one two three four five six seven eight nine ten", { gapMs: 150 }));
    const stream = await ask(url, { stream: true });
    write(`model_list:\n${deployment("new-key")}`, "next.yaml");
    renameSync(join(folder, "next.yaml"), path);
    await running.waitForOutput(/config reloaded/u);
    expect((await ask(url)).status).toBe(200);
    expect(keys()).toEqual(["Bearer old-key", "Bearer new-key"]);
    const text = await stream.text();
    expect(text).toContain("ten");
    expect(text).toContain("[DONE]");
  });

  it("says how to enable metrics when they are off, and answers a probe of its address, both without a key", async () => {
    write(`model_list:\n${deployment("k")}general_settings: { master_key: sk-1 }\n`);
    const { url } = await serve();
    const response = await fetch(`${url}/metrics`);
    expect([response.status, await response.text()]).toEqual([404, expect.stringContaining("Add prometheus to")]);
    expect((await fetch(url, { method: "HEAD" })).status).toBe(200);
    expect((await fetch(`${url}/v1/models`, { method: "HEAD" })).status).toBe(401);
  });

  it("warns when any caller that can reach it may call", async () => {
    write(`model_list:\n${deployment("k")}`);
    const open = await serve(["--config", path, "--host", "0.0.0.0"]);
    await open.running.waitForOutput(/No master key is set, so anyone who can reach 0\.0\.0\.0 can make requests/u);
    const own = await serve();
    expect(own.running.output()).not.toContain("No master key");
  });

  it("answers the web origins that the file names, and warns if that is all of them", async () => {
    const preflight = {
      method: "OPTIONS",
      headers: { origin: "https://a.com", "access-control-request-method": "POST" },
    };
    const allowed = async (url: string): Promise<unknown> => {
      const { status, headers } = await fetch(`${url}/v1/chat/completions`, preflight);
      return [status, headers.get("access-control-allow-origin")];
    };
    write(`model_list:\n${deployment("k")}`);
    expect(await allowed((await serve()).url)).toEqual([403, null]);
    const named = await serve(undefined, { LITELLM_CORS_ORIGINS: "https://a.com" });
    expect(await allowed(named.url)).toEqual([200, "https://a.com"]);
    expect(named.running.output()).not.toContain("any web page");
    write(`model_list:\n${deployment("k")}general_settings: { cors_allow_origins: "*" }\n`);
    const all = await serve();
    expect(await allowed(all.url)).toEqual([200, "*"]);
    await all.running.waitForOutput(/any web page opened on this machine can make requests/u);
  });

  it("answers the hosts that the file names, and the one that it listens on", async () => {
    const asked = async (url: string, host: string): Promise<unknown> => {
      const answer = await new Promise<IncomingMessage>((resolve) => {
        get(`${url}/router/state`, { headers: { host } }, resolve);
      });
      answer.resume();
      return answer.statusCode;
    };
    write(`model_list:\n${deployment("k")}general_settings: { allowed_hosts: [modelyard], host: localhost }\n`);
    const { url } = await serve();
    for (const host of ["modelyard:4000", "localhost", "127.0.0.1"])
      expect([host, await asked(url, host)]).toEqual([host, 200]);
    expect(await asked(url, "rebound.example.com")).toBe(403);
    write(`model_list:\n${deployment("k")}general_settings: { master_key: sk-1 }\n`);
    expect(await asked((await serve()).url, "rebound.example.com")).toBe(401);
  });

  const hasV6 = Object.values(networkInterfaces()).some((addresses) =>
    addresses?.some(({ address }) => address === "::1"),
  );
  it.skipIf(!hasV6)("listens on an IPv6 address and serves it", async () => {
    write(`model_list:\n${deployment("k")}`);
    const { url } = await serve(["--config", path, "--host", "::1"]);
    expect((await fetch(`${url}/router/state`)).status).toBe(200);
  });

  it("reports an invalid changed file, keeps serving, and says which changes need a restart", async () => {
    write(`model_list:\n${deployment("k")}`);
    const { running, url } = await serve();
    write(`model_list:\n${deployment("k", ", rmp: 5")}`);
    const [line] = await running.waitForOutput(/.*config reload rejected.*/u);
    expect(line).toContain('"level":"error"');
    expect(line).toContain(`${path}:2:`);
    expect((await ask(url)).status).toBe(200);
    write(
      `model_list:\n${deployment("k")}general_settings: { port: 4321 }\nlitellm_settings: { callbacks: [prometheus] }\n`,
    );
    await running.waitForOutput(
      /general_settings\.port and host: changed in the file; the change takes effect at the next start/u,
    );
    await running.waitForOutput(/callbacks that are not modules: changed in the file/u);
  });

  it("reads the file on SIGHUP, also when it does not watch it", async () => {
    write(`model_list:\n${deployment("first")}`);
    const { running, url } = await serve(["--config", path, "--no-watch"]);
    write(`model_list:\n${deployment("second")}`);
    await ask(url);
    running.child.kill("SIGHUP");
    await running.waitForOutput(/config reloaded/u);
    await ask(url);
    expect(keys()).toEqual(["Bearer first", "Bearer second"]);
    running.child.kill("SIGTERM");
    expect(await running.exited).toBe(0);
  });

  it("logs every call in verbose mode, and no key, prompt or answer", async () => {
    write(
      `model_list:\n${deployment("sk-canary-vendor", ", organization: org-canary, extra_headers: { x-team: canary-header }")}` +
        deployment("os.environ/CANARY_KEY").replace("gpt-4", "other") +
        "litellm_settings: { set_verbose: true, fallbacks: [{ gpt-4: [other] }] }\n" +
        "general_settings: { master_key: sk-canary-master }\nrouter_settings: { num_retries: 1 }\n",
    );
    const { running, url } = await serve(["--config", path], { CANARY_KEY: "sk-canary-env" });
    const master = { authorization: "Bearer sk-canary-master" };
    const prompt = { messages: [{ role: "user", content: "canary prompt" }], user: "canary-user" };
    upstream.script({ host: "a" }, replies("canary answer"));
    await ask(url, prompt, master);
    await (await ask(url, { ...prompt, stream: true }, master)).text();
    upstream.script({ host: "a" }, refuses(500));
    await ask(url, prompt, master);
    upstream.script({ host: "a" }, refuses(401));
    await ask(url, prompt, master);
    upstream.script({ host: "a" }, refuses("context_window"));
    await ask(url, prompt, master);
    await ask(url, prompt, { authorization: "Bearer sk-canary-guess" });
    await ask(url, { model: "nobody", ...prompt }, master);
    await ask(url, { temperature: "canary", ...prompt }, master);
    await fetch(`${url}/v1/chat/completions`, { method: "POST", headers: master, body: '{"canary": ' });
    write("model_list: [{ model_name: canary-is-no-secret-here }]\n");
    await running.waitForOutput(/config reload rejected/u);
    running.child.kill("SIGTERM");
    await running.exited;
    const output = running.output();
    for (const message of ["request served", "attempt failed", "request failed", "fallback"])
      expect(output).toContain(message);
    expect(output.replaceAll("canary-is-no-secret-here", "")).not.toContain("canary");
    const logs = output.split("\n").filter((line) => line.startsWith("{"));
    for (const line of logs)
      expect(Object.keys(JSON.parse(line) as object)).toEqual(expect.arrayContaining(["level", "time", "msg"]));
  });

  it("starts without a network: prices and context windows are included", async () => {
    const file = write(
      `model_list:\n${deployment("k")}  - { model_name: c, litellm_params: { model: claude-2, api_key: k } }\nrouter_settings: { routing_strategy: cost-based-routing, enable_pre_call_checks: true }\nlitellm_settings: { callbacks: [prometheus] }\n`,
      "offline.yaml",
    );
    const explained = cli.run(["explain", file, "--model", "c"], { preload: [noNetwork] });
    expect(await explained.exited).toBe(0);
    expect(explained.output()).toMatch(/input_cost_per_token +0\.000008 \(\$8 per million tokens\) +catalog/u);
    const running = cli.run(["serve", "--port", "0", "--config", file], { preload: [noNetwork] });
    await running.waitForOutput(/listens on/u);
    running.child.kill("SIGTERM");
    expect(await running.exited).toBe(0);
    expect(explained.output() + running.output()).not.toContain("NETWORK");
  });
});

const environment = {
  AZURE_API_KEY: "a",
  AZURE_KEY_EAST: "a",
  AZURE_KEY_WEST: "a",
  OPENAI_API_KEY: "o",
  ANTHROPIC_API_KEY: "n",
  REDIS_PASSWORD: "r",
  LANGFUSE_PUBLIC_KEY: "p",
  LANGFUSE_SECRET_KEY: "s",
  LANGFUSE_HOST: "http://127.0.0.1:9",
  SENTRY_DSN: "http://k@127.0.0.1:9/1",
};
/** Model list for the guide's files that show only a part. */
const models = ["gpt-3.5-turbo", "gpt-3.5-turbo-16k", "gpt-4", "gpt-4-32k", "prod-gpt-4", "claude-2"]
  .map((name) => `  - { model_name: ${name}, litellm_params: { model: ${name.replace("prod-", "")} } }\n`)
  .join("");

describe("modelyard serve, with a file of the guide,", () => {
  it.each(readdirSync(guide))("serves %s unchanged", async (name) => {
    const text = readFileSync(join(guide, name), "utf8");
    const file = write(name.startsWith("part-") ? `model_list:\n${models}\n${text}` : text, name);
    const { url } = await serve(["--config", file], environment);
    const listed = (await (await fetch(`${url}/v1/models`)).json()) as {
      readonly data: readonly { readonly id: string }[];
    };
    expect(listed.data.map((model) => model.id)).toContain("gpt-4");
  });
});
