import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLogger } from "@modelyard/core";
import { breaks, rateLimitHeaders, refuses, replies, silent, startUpstream, type Upstream } from "@modelyard/testing";
import { routerFromYaml } from "modelyard";
import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, it } from "vitest";
import { callDeployments, type Finding } from "../src/doctor/call-deployments.js";
import { doctorReport } from "../src/doctor/doctor-report.js";
import { planCalls } from "../src/doctor/plan-calls.js";
import { withoutColors } from "../src/terminal/paint.js";
import { Cli } from "./support/run-cli.js";

const folder = mkdtempSync(join(tmpdir(), "modelyard-doctor-"));
let upstream: Upstream;
beforeEach(async () => {
  upstream = await startUpstream();
});
afterEach(async () => {
  await upstream.close();
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

interface Host {
  readonly host: string;
  readonly group?: string;
  readonly model?: string;
  readonly more?: string;
  readonly info?: string;
}

function entry({ host, group = "m", model = "openai/gpt-4o", more = "", info = "" }: Host): string {
  return `  - model_name: ${group}\n    litellm_params: { model: ${model}, api_key: k-${host}, api_base: "${upstream.url(host)}"${more} }\n    model_info: { id: ${host}${info} }\n`;
}

function file(hosts: readonly Host[], rest = ""): string {
  const path = join(folder, "config.yaml");
  writeFileSync(path, `model_list:\n${hosts.map(entry).join("")}${rest}`);
  return path;
}

interface Calling {
  readonly model?: string;
  readonly timeoutMs?: number;
  readonly concurrency?: number;
  readonly onProgress?: (done: number, running: readonly unknown[]) => void;
}

async function findings(
  path: string,
  { model, timeoutMs = 30_000, concurrency = 4, onProgress = () => undefined }: Calling = {},
) {
  const yaml = await routerFromYaml({ file: path }, { offline: true, logger: silentLogger });
  const found = await callDeployments(yaml, planCalls(yaml, model), { concurrency, timeoutMs, onProgress });
  await yaml.close();
  return found;
}

const outcomes = (found: readonly Finding[]): readonly string[] => found.map(({ id, outcome }) => `${id} ${outcome}`);

describe("modelyard doctor", () => {
  it("calls every deployment once, with a few tokens, and shows latency, limits and cost", async () => {
    const quotas = {
      requests: { limit: 100, remaining: 99, resetMs: 60_000 },
      tokens: { limit: 5_000, remaining: 4_900, resetMs: 60_000 },
    };
    const headers = rateLimitHeaders("openai", quotas, 0);
    upstream.script(
      { host: "a" },
      replies("OK", { headers, usage: { prompt_tokens: 12, completion_tokens: 1, total_tokens: 13 } }),
    );
    const found = await findings(
      file([{ host: "a" }, { host: "b" }], "router_settings: { num_retries: 3, fallbacks: [{ m: [m] }] }\n"),
    );
    expect(outcomes(found)).toEqual(["a ok", "b ok"]);
    expect(found[0]).toMatchObject({
      remainingRequests: 99,
      remainingTokens: 4_900,
      host: new URL(upstream.url("a")).host,
    });
    expect(found[0]?.latencyMs).toBeGreaterThan(0);
    expect(found[0]?.costUsd).toBeCloseTo(12 * 2.5e-6 + 1e-5, 10);
    expect(upstream.calls).toHaveLength(2);
    for (const { body } of upstream.calls) expect(body).toMatchObject({ model: "gpt-4o", max_completion_tokens: 128 });
    const report = doctorReport(found, withoutColors);
    expect(report).toMatch(/^m +openai\/gpt-4o at \S+ +ok +\d+ ms +99 +4,900 +\$0\.000040$/mu);
    expect(report).toContain("2 of 2 deployments answered, for $");
  });

  it.each([
    [
      "a rejected key",
      refuses(401),
      "authentication",
      /Check the key in the file: 127\.0\.0\.1:\d+ does not accept it/u,
    ],
    ["a wrong model", refuses(404), "not_found", /does not know the model "gpt-4o"\. Correct model/u],
    ["a used-up limit", refuses(429), "rate_limit", /The limit of the account is used up/u],
    ["an outage", refuses(500), "internal_server", /The vendor has a problem/u],
    ["a broken connection", breaks("reset_before_headers"), "api_connection", /Check api_base/u],
    [
      "an answer of something else",
      refuses(200, { body: "<html>Sign in</html>" }),
      "invalid_response",
      /does not answer like this provider's API/u,
    ],
  ] as const)("asks once, and says what to do, after %s", async (_, behavior, kind, fix) => {
    upstream.script({ host: "a" }, behavior);
    const path = file([{ host: "a" }, { host: "b" }], "router_settings: { num_retries: 3 }\n");
    const found = await findings(path);
    expect(outcomes(found)).toEqual(["a failed", "b ok"]);
    expect(found[0]?.error).toMatchObject({ kind, fix: expect.stringMatching(fix) as string });
    expect(upstream.calls).toHaveLength(2);
    const report = doctorReport(found, withoutColors);
    expect(report).toMatch(fix);
    expect(report).toContain("1 of 2 deployments answered");
    expect(JSON.stringify(found) + report).not.toContain("k-a");
  });

  it("names the variable of a key that is rejected, and the deployment of Azure that does not exist", async () => {
    upstream.script({ host: "a" }, refuses(401));
    upstream.script({ host: "b" }, refuses(404));
    process.env["DOCTOR_KEY"] = "k";
    const path = file([{ host: "b", model: "azure/mine", more: ', api_version: "2024-10-21"' }]);
    writeFileSync(
      path,
      `  - { model_name: n, litellm_params: { model: openai/gpt-4o, api_key: os.environ/DOCTOR_KEY, api_base: "${upstream.url("a")}" } }\n`,
      { flag: "a" },
    );
    const found = await findings(path);
    delete process.env["DOCTOR_KEY"];
    expect(found.map(({ error }) => error?.fix)).toEqual([
      expect.stringContaining('has no deployment "mine". Write the name of your Azure deployment after azure/'),
      expect.stringContaining("Check the key in os.environ/DOCTOR_KEY"),
    ]);
  });

  it("names the groups of failed deployments that have the same name", async () => {
    const found = await findings(file([{ host: "a" }]));
    const error = { kind: "timeout", status: 408, message: "No answer.", fix: undefined } as const;
    const [failed] = found.map((finding) => ({ ...finding, outcome: "failed" as const, error }));
    const report = doctorReport([failed!, { ...failed!, group: "n" }, { ...failed!, model: "other" }], withoutColors);
    const blocks = report.split("\n").filter((line) => line.endsWith("No answer."));
    expect(blocks.map((line) => line.replace(/ at .*/u, ""))).toEqual([
      "m: openai/gpt-4o",
      "n: openai/gpt-4o",
      "openai/other",
    ]);
  });

  it("waits no longer than asked to", async () => {
    upstream.script({ host: "a" }, silent("before_headers"));
    const found = await findings(file([{ host: "a" }]), { timeoutMs: 100 });
    expect(found[0]?.error).toMatchObject({ kind: "timeout", fix: expect.stringContaining("--timeout") as string });
  });

  it("calls embeddings, completions and responses as their modes or names say", async () => {
    const found = await findings(
      file([
        { host: "a", model: "openai/text-embedding-3-small" },
        { host: "b", model: "openai/mine", info: ", mode: embedding" },
        { host: "c", model: "openai/gpt-3.5-turbo-instruct", info: ", mode: completion" },
        { host: "d", model: "openai/gpt-4o", info: ", mode: responses" },
        { host: "e", model: "text-completion-openai/gpt-3.5-turbo-instruct" },
      ]),
    );
    expect(found.map(({ outcome, operation, error }) => [outcome, operation, error?.message])).toEqual([
      ["ok", "embeddings", undefined],
      ["ok", "embeddings", undefined],
      ["ok", "text_completion", undefined],
      ["ok", "responses", undefined],
      ["ok", expect.stringMatching(/chat|text_completion/u), undefined],
    ]);
  });

  it("shows which fields are refused, and which API is used instead of the caller's", async () => {
    const found = await findings(
      file([
        { host: "a", model: "openai/gpt-5-mini" },
        { host: "b", group: "claude", model: "anthropic/claude-haiku-4-5" },
      ]),
    );
    expect(outcomes(found)).toEqual(["a ok", "b ok"]);
    expect(found[0]?.refusedFields).toContain("temperature");
    expect(found[1]?.refusedFields).toContain("logit_bias");
    const report = doctorReport(found, withoutColors);
    expect(report).toMatch(/Fields that are refused:\n {2}openai\/gpt-5-mini at \S+ +.*temperature/u);
  });

  it("calls a pattern only for a model that is named", async () => {
    const path = file([{ host: "a", group: "openai/*", model: "openai/*" }]);
    const [skipped] = await findings(path);
    expect(skipped).toMatchObject({
      outcome: "skipped",
      reason: expect.stringContaining("--model openai/MODEL") as string,
    });
    expect(upstream.calls).toEqual([]);
    const [called] = await findings(path, { model: "openai/gpt-4o" });
    expect(called).toMatchObject({ outcome: "ok", model: "gpt-4o" });
    expect(upstream.calls[0]?.body).toMatchObject({ model: "gpt-4o" });
  });

  it("never makes more calls at the same time than asked to", async () => {
    const progress: (readonly [done: number, running: number])[] = [];
    const onProgress = (done: number, running: readonly unknown[]): void => {
      progress.push([done, running.length]);
    };
    const hosts = Array.from({ length: 8 }, (_, index) => ({ host: `h${String(index)}` }));
    const found = await findings(file(hosts), { concurrency: 2, onProgress });
    expect(found.map(({ id }) => id)).toEqual(hosts.map(({ host }) => host));
    expect(Math.max(...progress.map(([, running]) => running))).toBe(2);
    expect(progress.at(-1)).toEqual([8, 0]);
  });

  it("calls providers that the file names as modules", async () => {
    const answer = {
      id: "a",
      object: "chat.completion",
      created: 1,
      model: "m",
      choices: [{ index: 0, message: { role: "assistant", content: "OK" }, finish_reason: "stop" }],
    };
    writeFileSync(
      join(folder, "acme.mjs"),
      `export const provider = { name: "acme", specVersion: 1, operations: ["chat"], call: async () => ({ kind: "answer", value: ${JSON.stringify(answer)} }) };\n`,
    );
    const path = file(
      [{ host: "a", model: "acme/m" }],
      "litellm_settings: { custom_provider_map: [{ provider: acme, custom_handler: ./acme.mjs }] }\n",
    );
    expect(await findings(path)).toMatchObject([{ outcome: "ok", provider: "acme" }]);
  });

  it("applies the settings of the file, such as defaults and tags, but neither its aliases nor its callbacks", async () => {
    const path = file(
      [{ host: "a", more: ", temperature: 0.25, tags: [paid]" }],
      "router_settings: { enable_tag_filtering: true, model_group_alias: { doctor-0: other } }\n",
    );
    expect(outcomes(await findings(path))).toEqual(["a ok"]);
    expect(upstream.calls[0]?.body).toMatchObject({ temperature: 0.25 });
  });
});

describe("the command modelyard doctor", () => {
  let cli: Cli;
  beforeAll(async () => {
    cli = await Cli.build("doctor");
  });
  afterEach(() => {
    cli.stop();
  });

  it("asks before it calls, and without a terminal needs --yes", async () => {
    const running = cli.run(["doctor", file([{ host: "a" }])]);
    expect(await running.exited).toBe(1);
    expect(running.output()).toMatch(
      /This calls 1 deployment once, .* costs at most \$0\.\d{4}\. Add --yes to do so\./u,
    );
    expect(upstream.calls).toEqual([]);
  });

  it("exits with 1 if a deployment fails, and prints JSON without anything else", async () => {
    upstream.script({ host: "b" }, refuses(401));
    const path = file([{ host: "a" }, { host: "b", group: "n" }]);
    const running = cli.run(["doctor", path, "--yes", "--json"]);
    expect(await running.exited).toBe(1);
    expect(JSON.parse(running.output())).toMatchObject({
      file: path,
      ok: false,
      deployments: [
        {
          outcome: "ok",
          group: "m",
          id: "a",
          operation: "chat",
          refusedFields: ["reasoning_effort"],
          droppedFields: [],
        },
        { outcome: "failed", group: "n", id: "b", error: { kind: "authentication", status: 401 } },
      ],
    });
    const one = cli.run(["doctor", path, "--yes", "--model", "m"]);
    expect(await one.exited).toBe(0);
    expect(one.output()).toContain("1 of 1 deployment answered");
    const unknown = cli.run(["doctor", path, "--yes", "--model", "mm"]);
    expect(await unknown.exited).toBe(1);
    expect(unknown.output()).toContain('No deployment serves "mm".');
  });
});
