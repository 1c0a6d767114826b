import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Receiver, startReceiver } from "@modelyard/repo-tests/receiver";
import { type Behavior, breaks, faultNames, refuses, startUpstream, type Upstream } from "@modelyard/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Cli, type Run } from "./support/run-cli.js";

/** One canary for every place that may hold a secret; each is known by its first eight characters. */
const canaries = {
  apiKey: "sk-KQ7w0aB1-key/+of=openai",
  otherKey: "Zx81mPq4.key+of/fallback=",
  header: "Hd55vNw2-value/of+header=",
  organization: "org-Rt63yLk9organization",
  basePassword: "Pw92cVb7passwordofurl",
  baseQuery: "Qy14hGf8queryofurl",
  redis: "Rd37jKs6passwordofredis",
  langfuse: "sk-lf-Lf28bXz5-secret",
  sentry: "5e4c1ab9d0f7483e9b2a6c8d",
  master: "sk-Ms70eWq3-master/+key=",
  client: "sk-Cl46uTy1-key/of+client=",
} as const;

const all = Object.values(canaries);
const base64 = (text: string): string => Buffer.from(text).toString("base64");

/** Texts that must not appear anywhere: the beginning of each secret, in each encoding. */
const traces = all.flatMap((secret) => {
  // The prefixes that all keys of a vendor share reveal nothing.
  const own = secret.replace(/^(?:sk-lf-|sk-|org-)/u, "");
  return [own.slice(0, 8), encodeURIComponent(own).slice(0, 8), base64(secret).slice(0, 12), base64(own).slice(0, 8)];
});

function expectNoneIn(where: string, text: string): void {
  const found = traces.filter((trace) => text.includes(trace));
  const at = found[0] === undefined ? -1 : text.indexOf(found[0]);
  expect(found, `${where}: ${text.slice(Math.max(0, at - 200), at + 100)}`).toEqual([]);
}

const folder = mkdtempSync(join(tmpdir(), "modelyard-secrets-"));
const file = join(folder, "config.yaml");
let upstream: Upstream;
let elsewhere: Upstream;
let langfuse: Receiver;
let sentry: Receiver;
let cli: Cli;
let proxy: Run;
let origin: string;

function configuration(): string {
  const host = new URL(upstream.origin).host;
  return `
model_list:
  - model_name: gpt
    litellm_params:
      model: openai/gpt-4
      api_key: os.environ/CANARY_KEY
      api_base: ${upstream.url("first")}/v1
      organization: ${canaries.organization}
      extra_headers: { x-canary: "${canaries.header}" }
  - model_name: spare
    litellm_params: { model: openai/gpt-4, api_key: "${canaries.otherKey}", api_base: "${upstream.url("spare")}/v1" }
  - model_name: claude
    litellm_params: { model: anthropic/claude-sonnet-4-5, api_key: "${canaries.apiKey}", api_base: "${upstream.url("claude")}" }
  - model_name: azure
    litellm_params: { model: azure/gpt-4, api_key: "${canaries.apiKey}", api_base: "${upstream.url("azure")}", api_version: "2024-10-21" }
  - model_name: url
    litellm_params:
      model: openai/gpt-4
      api_key: "${canaries.apiKey}"
      api_base: "http://user:${canaries.basePassword}@${host}/url/v1?key=${canaries.baseQuery}"
  - model_name: refused
    litellm_params:
      model: openai/gpt-4
      api_key: "${canaries.apiKey}"
      api_base: "http://user:${canaries.basePassword}@127.0.0.1:1/v1?key=${canaries.baseQuery}"
  - model_name: own
    litellm_params:
      model: openai/gpt-4
      api_key: "${canaries.apiKey}"
      api_base: "${upstream.url("own")}/v1"
      organization: ${canaries.organization}
      extra_headers: { x-canary: "${canaries.header}" }
      configurable_clientside_auth_params: [api_key, { api_base: "http://127[.]0[.]0[.]1:.*" }]
router_settings:
  num_retries: 0
  timeout: 0.4
  stream_timeout: 0.3
  cooldown_time: 0
  fallbacks: [{ gpt: [spare] }, { own: [spare] }]
  redis_url: "redis://user:${canaries.redis}@127.0.0.1:1/0"
litellm_settings:
  callbacks: [prometheus, langfuse, sentry]
  cache: false
general_settings:
  master_key: "${canaries.master}"
`;
}

/** The secrets that each host receives, and may therefore echo. */
const received = {
  first: [canaries.apiKey, canaries.header, canaries.organization],
  claude: [canaries.apiKey],
  azure: [canaries.apiKey],
  url: [canaries.apiKey, canaries.basePassword, canaries.baseQuery],
} as const;

/** Answers that echo the secrets of the call in every encoding, in every place where an answer can have text. */
function echoes(secrets: readonly string[]): readonly Behavior[] {
  const forms = secrets.flatMap((secret) => [secret, encodeURIComponent(secret), base64(secret), `Bearer ${secret}`]);
  const error = {
    message: `Incorrect API key provided: ${forms.join(" , ")}`,
    type: secrets[0],
    code: secrets[0],
    param: secrets[1],
  };
  const body = JSON.stringify({ type: "error", error });
  const headers = {
    "x-request-id": canaries.apiKey,
    "request-id": canaries.apiKey,
    location: `/?key=${canaries.apiKey}`,
  };
  const chunk = {
    id: "c",
    object: "chat.completion.chunk",
    created: 1,
    model: "m",
    choices: [{ index: 0, delta: { content: "hi" }, finish_reason: null }],
  };
  const event = (value: unknown): string => `data: ${JSON.stringify(value)}\n\n`;
  const events = { "content-type": "text/event-stream" };
  return [
    ...[400, 401, 402, 403, 404, 408, 409, 413, 422, 429, 500, 502, 503, 529].map((status) =>
      refuses(status, { body, headers }),
    ),
    refuses(401, { body: forms.join("\n") }),
    refuses(502, { body: `<html><title>${forms.join(" ")}</title></html>` }),
    { status: 302, body, headers },
    { body, headers },
    { body: forms.join(" "), headers: { "content-type": `text/html; key=${canaries.apiKey}` } },
    { body: event({ error }), headers: events },
    { body: event(chunk) + event({ error }), headers: events },
    { body: `${event(chunk)}data: {"half ${canaries.apiKey}\n\n`, headers: events },
  ];
}

/** The behavior three times, once for each call of {@link everything}. */
const thrice = (behavior: Behavior): readonly Behavior[] => [behavior, behavior, behavior];

beforeAll(async () => {
  [upstream, elsewhere, langfuse, sentry] = await Promise.all([
    startUpstream(),
    startUpstream(),
    startReceiver(),
    startReceiver(),
  ]);
  writeFileSync(file, configuration());
  cli = await Cli.build("secrets");
  proxy = cli.run(["serve", "--config", file, "--port", "0"], { env: environment() });
  const [, url = ""] = await proxy.waitForOutput(/listens on (http:\S+)/u);
  origin = url.replace("localhost", "127.0.0.1");
}, 60_000);

afterAll(async () => {
  cli.stop();
  await Promise.all([upstream.close(), elsewhere.close(), langfuse.close(), sentry.close()]);
  rmSync(folder, { recursive: true, force: true });
});

function environment(): Readonly<Record<string, string>> {
  return {
    MODELYARD_LOG: "debug",
    CANARY_KEY: canaries.apiKey,
    LANGFUSE_PUBLIC_KEY: "pk-lf-public",
    LANGFUSE_SECRET_KEY: canaries.langfuse,
    LANGFUSE_HOST: langfuse.origin,
    SENTRY_DSN: sentry.origin.replace("http://", `http://${canaries.sentry}@`) + "/1",
  };
}

interface Answer {
  readonly status: number;
  readonly text: string;
}

async function ask(path: string, body?: object, key: string = canaries.master, more: object = {}): Promise<Answer> {
  const response = await fetch(origin + path, {
    method: body === undefined ? "GET" : "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${key}`, ...more },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  expectNoneIn(`the answer of ${path}`, JSON.stringify([...response.headers]) + text);
  return { status: response.status, text };
}

async function printing(args: readonly string[]): Promise<{ readonly code: number | null; readonly text: string }> {
  const running = cli.run(args, { env: environment() });
  const code = await running.exited;
  return { code, text: running.output() };
}

const messages = [{ role: "user", content: "hi" }];

async function everything(model: string, more: object = {}): Promise<void> {
  await Promise.all([
    ask("/v1/chat/completions", { model, messages, ...more }),
    ask("/v1/chat/completions", { model, messages, stream: true, ...more }),
    ask("/v1/embeddings", { model, input: "hi", ...more }),
  ]);
}

describe("secrets", () => {
  it("appear nowhere when vendors echo them: answers, headers, state, metrics, traces, logs", async () => {
    for (const [host, known] of Object.entries(received)) upstream.script({ host }, ...echoes(known).flatMap(thrice));
    for (let turn = 0; turn < echoes([]).length; turn += 1)
      await Promise.all(["gpt", "claude", "azure", "url"].map((model) => everything(model)));
    upstream.reset();
    await everything("refused");
    const ofPage = ["/", "/dashboard/snapshot", "/dashboard/explain?model=gpt", "/dashboard/explain?model=url"];
    for (const path of ["/router/state", "/health", "/metrics", "/v1/models", "/v1/model/info", ...ofPage])
      expect((await ask(path)).status).toBe(200);
    expectNoneIn("what was printed", proxy.output());
  }, 60_000);

  it("appear nowhere under any fault", async () => {
    for (const fault of faultNames.filter((name) => name !== "huge_chunk")) {
      upstream.script({ host: "first" }, breaks(fault, { commentMs: 20 }));
      await everything("gpt");
      upstream.reset();
    }
    for (const path of ["/router/state", "/metrics"]) expect((await ask(path)).status).toBe(200);
    expectNoneIn("what was printed", proxy.output());
  }, 60_000);

  it("of clients appear nowhere, right or wrong", async () => {
    expect((await ask("/v1/models", undefined, canaries.client)).status).toBe(401);
    expect((await ask("/v1/chat/completions", { model: "gpt", messages, api_key: canaries.client })).status).toBe(400);
    upstream.script({ host: "own" }, refuses(401, { body: `no such key: ${canaries.client}` }));
    await everything("own", { api_key: canaries.client });
    expectNoneIn("what was printed", proxy.output());
    upstream.reset();
  });

  it("that clients present in several headers appear nowhere and reach no vendor, whichever is right", async () => {
    const call = { model: "gpt", messages };
    const path = "/v1/chat/completions";
    const before = upstream.calls.length;
    const { master, client } = canaries;
    expect((await ask(path, call, client, { "x-api-key": master, "api-key": client })).status).toBe(200);
    expect((await ask(path, call, master, { "x-api-key": client, "x-goog-api-key": client })).status).toBe(200);
    expect((await ask(path, call, client, { "x-api-key": client })).status).toBe(401);
    expect(upstream.calls).toHaveLength(before + 2);
    for (const { headers } of upstream.calls.slice(before))
      for (const secret of [master, client]) expect(JSON.stringify(headers)).not.toContain(secret);
    expectNoneIn("what was printed", proxy.output());
  });

  it("of the proxy are not sent to a client's base URL, nor to fallbacks that do not allow it, and redirects are not followed", async () => {
    const base = `${elsewhere.url("client")}/v1`;
    for (const model of ["gpt", "spare", "claude", "azure"])
      expect((await ask("/v1/chat/completions", { model, messages, api_base: base })).status).toBe(400);
    expect(elsewhere.calls).toHaveLength(0);

    expect((await ask("/v1/chat/completions", { model: "own", messages, api_base: base })).status).toBe(200);
    elsewhere.script({}, refuses(500));
    const before = upstream.calls.length;
    await everything("own", { api_base: base });
    await everything("own", { api_base: base, api_key: canaries.client });
    expect(upstream.calls.slice(before)).toHaveLength(0);
    for (const call of elsewhere.calls) {
      const sent = JSON.stringify([call.path, call.headers]);
      for (const secret of [
        canaries.apiKey,
        canaries.otherKey,
        canaries.header,
        canaries.organization,
        canaries.master,
      ])
        expect(sent).not.toContain(secret);
    }
    expect(elsewhere.calls.some((call) => JSON.stringify(call.headers).includes(canaries.client))).toBe(true);

    upstream.script({ host: "spare" }, { status: 307, headers: { location: `${base}/chat/completions` } });
    const sent = elsewhere.calls.length;
    expect((await ask("/v1/chat/completions", { model: "spare", messages })).status).toBeGreaterThanOrEqual(400);
    expect(elsewhere.calls).toHaveLength(sent);
  });

  it("are not printed by check and explain", async () => {
    const commands = [
      ["check", file],
      ["explain", file, "--model", "url", "--json"],
    ];
    const printings = await Promise.all(commands.map((command) => printing(command)));
    expect(printings.map(({ code }) => code)).toEqual([0, 0]);
    for (const { text } of printings) expectNoneIn("what a command prints", text);
  }, 30_000);

  it("are in no data sent to the vendors of callbacks, and in no output up to the exit", async () => {
    proxy.child.kill("SIGTERM");
    await proxy.exited;
    expect(langfuse.received.length + sentry.received.length).toBeGreaterThan(0);
    for (const { path, body } of langfuse.received) expectNoneIn("a trace", path + body);
    // Sentry's protocol requires the public key of the DSN in its envelopes.
    for (const { body } of sentry.received)
      expectNoneIn("an error report", body.replaceAll(`"public_key":"${canaries.sentry}"`, ""));
    expectNoneIn("what was printed", proxy.output());
  }, 30_000);
});
