import { type Deployment, type DeploymentOptions, Secret, seededRandom } from "@modelyard/core";
import { answers, fails, scriptedProvider, streams, VirtualClock } from "@modelyard/testing";
import { createRouter, type CreateRouterOptions } from "modelyard";
import { describe, expect, it } from "vitest";
import { loggingCallback } from "./logging-callback.js";

interface Line {
  readonly level: string;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly message: string;
}

const entry = (id: string, more: Partial<DeploymentOptions> = {}): DeploymentOptions => ({
  id,
  modelName: "gpt-4",
  model: `openai/${id}`,
  ...more,
});

function recorded() {
  const lines: Line[] = [];
  const at =
    (level: string) =>
    (fields: Readonly<Record<string, unknown>>, message: string): void => {
      lines.push({ level, fields, message });
    };
  return { lines, logger: { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") } };
}

/** A router over a scripted provider that logs, and what it logged. */
function logged(options: Partial<CreateRouterOptions> & { readonly verbose?: boolean } = {}) {
  const { verbose = false, ...routerOptions } = options;
  const clock = new VirtualClock();
  const provider = scriptedProvider({ clock });
  const { lines, logger } = recorded();
  const router = createRouter({
    providers: [provider],
    clock,
    random: seededRandom(1),
    modelList: [entry("east")],
    numRetries: 0,
    callbacks: [loggingCallback({ logger, verbose, secrets: () => [new Secret("hunter2hunter2")] })],
    ...routerOptions,
  });
  const ask = async (body: object = {}): Promise<void> => {
    const asked = router.completion({ model: "gpt-4", messages: [{ role: "user", content: "a prompt" }], ...body });
    await clock.until(
      asked.then(
        () => undefined,
        () => undefined,
      ),
    );
  };
  return { lines, provider, router, clock, ask };
}

describe("loggingCallback", () => {
  it("logs nothing for requests that succeed at once", async () => {
    const { ask, lines } = logged();
    await ask();
    expect(lines).toEqual([]);
  });

  it("logs a failed request once, with every attempt", async () => {
    const { ask, lines, provider } = logged({ numRetries: 1 });
    provider.script("east", fails("internal_server", { status: 520 }), fails("internal_server"));
    await ask();
    expect(lines).toMatchObject([
      {
        level: "warn",
        message: "request failed",
        fields: {
          call: expect.any(String) as unknown,
          requested: "gpt-4",
          group: "gpt-4",
          deployment: "east",
          model: "openai/east",
          error: "internal_server",
          status: 500,
          attempts: [
            { deployment: "east", error: "internal_server", status: 520 },
            { deployment: "east", error: "internal_server", status: 500 },
          ],
        },
      },
    ]);
    expect(JSON.stringify(lines)).not.toContain("a prompt");
  });

  it("logs a request that needed a retry or a fallback once, with the failed attempts", async () => {
    const { ask, lines, provider } = logged({
      modelList: [entry("east"), entry("spare", { modelName: "spare" })],
      fallbacks: { "gpt-4": ["spare"] },
    });
    provider.script("east", fails("service_unavailable"));
    await ask();
    expect(lines).toMatchObject([
      {
        level: "info",
        message: "request served after failures",
        fields: {
          group: "spare",
          deployment: "spare",
          failed: [{ group: "gpt-4", deployment: "east", error: "service_unavailable", status: 503 }],
        },
      },
    ]);
  });

  it("names each rejected deployment by provider and model, even if its id is a hash", async () => {
    const { ask, lines, provider } = logged({
      enableTagFiltering: true,
      numRetries: 1,
      modelList: [
        { modelName: "gpt-4", model: "openai/west", tags: ["paid"] },
        { modelName: "gpt-4", model: "openai/east", tags: ["free"] },
      ],
    });
    provider.script("east", fails("service_unavailable"));
    await ask({ metadata: { tags: ["free"] } });
    expect(lines.map(({ fields }) => fields["rejected"])).toContainEqual([
      expect.stringMatching(/^openai\/west \([\w-]+\): its tags do not match$/u),
    ]);
  });

  it("logs why no deployment could be tried", async () => {
    const { ask, lines } = logged({ modelList: [entry("east", { rpm: 1 })] });
    await ask();
    await ask();
    expect(lines).toMatchObject([
      {
        level: "warn",
        fields: {
          group: "gpt-4",
          error: "no_deployment_available",
          status: 429,
          reason: expect.stringContaining('"east": its rpm is used up') as unknown,
          retryAfterMs: expect.any(Number) as unknown,
          attempts: [],
        },
      },
    ]);
  });

  it("logs streams that break after they started", async () => {
    const { clock, lines, provider, router } = logged();
    provider.script("east", streams(["one", "two"], { failAfter: 1, failKind: "api_connection" }));
    const reading = async (): Promise<void> => {
      const stream = await router.completion({ model: "gpt-4", stream: true, messages: [] });
      for await (const chunk of stream) expect(chunk).toBeDefined();
    };
    await clock.until(reading().catch(() => undefined));
    expect(lines).toMatchObject([{ level: "warn", fields: { stream: true, error: "api_connection" } }]);
  });

  it("logs errors of callers, and nothing for callers that abort", async () => {
    const { ask, clock, lines, provider, router } = logged();
    provider.script("east", fails("bad_request"), { type: "hang" });
    await ask();
    await ask({ model: "gpt-5" });
    const controller = new AbortController();
    const left = router.completion({ model: "gpt-4", messages: [] }, { signal: controller.signal });
    controller.abort();
    await clock.until(left.catch(() => undefined));
    expect(lines.map(({ level, fields }) => [level, fields["error"]])).toEqual([
      ["info", "bad_request"],
      ["info", "model_not_found"],
      ["debug", "aborted"],
    ]);
  });

  it("logs deployments that enter and leave a cooldown, with their group and model", async () => {
    const { ask, clock, lines, provider } = logged({
      modelList: [entry("east"), entry("west")],
      cooldownMs: 1_000,
    });
    for (const id of ["east", "west"]) provider.script(id, fails("authentication"), answers());
    await ask();
    const cooldown = lines.find(({ message }) => message === "deployment in cooldown");
    expect(cooldown).toMatchObject({
      level: "warn",
      fields: {
        group: "gpt-4",
        model: expect.stringMatching(/^openai\/(?:east|west)$/u) as unknown,
        reason: "authentication",
      },
    });
    await clock.advance(3_600_000);
    for (let turn = 0; turn < 4; turn += 1) await ask();
    expect(lines.map(({ message }) => message)).toContain("deployment recovered");
  });

  it.each([1e300, Number.POSITIVE_INFINITY, Number.NaN, 8.64e15 + 1])(
    "logs a cooldown until %d, which no date can represent",
    (until) => {
      const { lines, logger } = recorded();
      const deployment = { id: "east", group: "gpt-4", provider: "openai", model: "east" } as Deployment;
      const callback = loggingCallback({ logger, verbose: false, secrets: () => [] });
      callback.on({ type: "deployment_cooldown", at: 0, deployment, until, reason: "rate_limit", times: 1 });
      expect(lines).toMatchObject([{ level: "warn", fields: { until: `${String(until)} ms since 1970` } }]);
    },
  );

  it("logs the place of a bug in a provider, without API keys and without text that could not be parsed", async () => {
    const faults = [
      new TypeError("no x of hunter2hunter2"),
      new SyntaxError('Unexpected token, "a prompt" is not valid JSON'),
    ];
    const broken = {
      ...scriptedProvider({ clock: new VirtualClock() }),
      name: "openai",
      call: () => Promise.reject(faults.shift() ?? new Error()),
    };
    const { ask, lines } = logged({ providers: [broken] });
    await ask();
    await ask();
    const errors = lines.filter(({ level }) => level === "error");
    expect(errors).toMatchObject([
      {
        message: "internal error in the provider",
        fields: {
          deployment: "east",
          error: "TypeError",
          reason: "no x of [key]",
          stack: expect.arrayContaining([expect.stringContaining("logging-callback.test")]) as unknown,
        },
      },
      { fields: { error: "SyntaxError" } },
    ]);
    expect(JSON.stringify(errors)).not.toMatch(/a prompt|hunter2/u);
  });

  it("logs every call and attempt in verbose mode", async () => {
    const { ask, lines, provider } = logged({ verbose: true });
    provider.script("east", fails("timeout"), answers());
    await ask();
    await ask();
    expect(lines.map(({ level, message }) => `${level} ${message}`)).toEqual([
      "debug attempt failed",
      "warn request failed",
      "debug request served",
    ]);
  });
});
