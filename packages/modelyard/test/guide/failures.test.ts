// The guide's sections "Fallback", "Retry" and "Cooldown Configuration": what each example promises, in both languages.
import { answers, fails, hangs } from "@modelyard/testing";
import { describe, expect, it } from "vitest";
import { both, tally } from "../support/guide-harness.js";

const three = [
  { modelName: "gpt-4", model: "gpt-4" },
  { modelName: "gpt-3.5-turbo", model: "gpt-3.5-turbo" },
  { modelName: "claude-2", model: "claude-2" },
] as const;

describe.each(
  both(
    { modelList: three, fallbacks: [{ "gpt-4": ["gpt-3.5-turbo", "claude-2"] }], numRetries: 0 },
    `
model_list:
  - model_name: gpt-4
    litellm_params:
      model: gpt-4
      api_key: os.environ/OPENAI_API_KEY
  - model_name: gpt-3.5-turbo
    litellm_params:
      model: gpt-3.5-turbo
      api_key: os.environ/OPENAI_API_KEY
  - model_name: claude-2
    litellm_params:
      model: claude-2
      api_key: os.environ/ANTHROPIC_API_KEY
litellm_settings:
  fallbacks:
    - gpt-4: ["gpt-3.5-turbo", "claude-2"]
  num_retries: 0
`,
  ),
)("basic fallbacks in %s", (_, start) => {
  it("are used in the order of the list until one answers", async () => {
    const { ask, calls } = await start({
      "openai/gpt-4": [fails("internal_server")],
      "openai/gpt-3.5-turbo": [fails("rate_limit")],
      "anthropic/claude-2": [answers("from Claude")],
    });
    const answer = await ask("gpt-4");
    expect(answer.choices[0]?.message.content).toBe("from Claude");
    expect(calls()).toEqual(["openai/gpt-4", "openai/gpt-3.5-turbo", "anthropic/claude-2"]);
    expect(answer.routing).toMatchObject({ modelGroup: "claude-2", fallbacks: 2 });
  });

  it("are not used while the first group answers, or for models without a list", async () => {
    const { ask, refusal, calls } = await start({ "openai/gpt-3.5-turbo": [fails("internal_server")] });
    await ask("gpt-4");
    expect((await refusal("gpt-3.5-turbo")).kind).toBe("internal_server");
    expect(calls()).toEqual(["openai/gpt-4", "openai/gpt-3.5-turbo"]);
  });

  it("end with the first model's error and every attempt if none answers", async () => {
    const { refusal } = await start({
      "openai/gpt-4": [fails("internal_server")],
      "openai/gpt-3.5-turbo": [fails("service_unavailable")],
      "anthropic/claude-2": [fails("overloaded")],
    });
    const error = await refusal("gpt-4");
    expect(error).toMatchObject({ name: "InternalServerError", status: 500 });
    expect(error.attempts.map((attempt) => attempt.group)).toEqual(["gpt-4", "gpt-3.5-turbo", "claude-2"]);
  });
});

describe.each(
  both(
    {
      modelList: [
        { modelName: "gpt-3.5-turbo", model: "gpt-3.5-turbo" },
        { modelName: "gpt-3.5-turbo-16k", model: "gpt-3.5-turbo-16k" },
        { modelName: "gpt-4-32k", model: "gpt-4-32k" },
      ],
      contextWindowFallbacks: [{ "gpt-3.5-turbo": ["gpt-3.5-turbo-16k"] }, { "gpt-4": ["gpt-4-32k"] }],
    },
    `
model_list:
  - model_name: gpt-3.5-turbo
    litellm_params: { model: gpt-3.5-turbo, api_key: os.environ/OPENAI_API_KEY }
  - model_name: gpt-3.5-turbo-16k
    litellm_params: { model: gpt-3.5-turbo-16k, api_key: os.environ/OPENAI_API_KEY }
  - model_name: gpt-4-32k
    litellm_params: { model: gpt-4-32k, api_key: os.environ/OPENAI_API_KEY }
litellm_settings:
  context_window_fallbacks:
    - gpt-3.5-turbo: ["gpt-3.5-turbo-16k"]
    - gpt-4: ["gpt-4-32k"]
`,
  ),
)("context window fallbacks in %s", (_, start) => {
  it("send a prompt that is too long to the larger window at once", async () => {
    const { ask, calls } = await start({ "openai/gpt-3.5-turbo": [fails("context_window_exceeded")] });
    expect((await ask("gpt-3.5-turbo")).routing.modelGroup).toBe("gpt-3.5-turbo-16k");
    expect(calls()).toEqual(["openai/gpt-3.5-turbo", "openai/gpt-3.5-turbo-16k"]);
  });

  it("are not used for other failures, and a list for an unknown model causes a warning", async () => {
    const { refusal, calls, warnings } = await start({ "openai/gpt-3.5-turbo": [fails("bad_request")] });
    expect((await refusal("gpt-3.5-turbo")).kind).toBe("bad_request");
    expect(calls()).toEqual(["openai/gpt-3.5-turbo"]);
    expect(warnings.some((warning) => warning.includes('"gpt-4"') || warning.includes("gpt-4:"))).toBe(true);
  });
});

const one = [{ modelName: "gpt-4", model: "gpt-4", apiKey: "key" }] as const;
const oneYaml = (settings: string): string => `
model_list:
  - model_name: gpt-4
    litellm_params: { model: gpt-4, api_key: key }
  - model_name: claude-2
    litellm_params: { model: claude-2, api_key: key }
router_settings:
${settings}
`;
const oneOfEach = [...one, { modelName: "claude-2", model: "claude-2", apiKey: "key" }] as const;

describe.each(
  both(
    { modelList: oneOfEach, numRetries: 3, timeoutMs: 30_000, retryAfterMs: 5_000 },
    oneYaml("  num_retries: 3\n  timeout: 30\n  retry_after: 5"),
  ),
)("basic retries in %s", (_, start) => {
  it("make three retries, at least five seconds apart", async () => {
    const { refusal, times } = await start({ "openai/gpt-4": [fails("internal_server")] });
    await refusal("gpt-4");
    const at = times();
    expect(at).toHaveLength(4);
    for (const [index, time] of at.slice(1).entries()) expect(time - (at[index] ?? 0)).toBeGreaterThanOrEqual(5_000);
  });

  it("end with the first answer", async () => {
    const { ask, calls } = await start({ "openai/gpt-4": [fails("internal_server"), answers("at last")] });
    expect((await ask("gpt-4")).routing.retries).toBe(1);
    expect(calls()).toHaveLength(2);
  });

  it("wait thirty seconds for a silent deployment", async () => {
    const { refusal, clock } = await start({ "openai/gpt-4": [hangs()] });
    const began = clock.now();
    const error = await refusal("gpt-4", { numRetries: 0 });
    expect(error).toMatchObject({ name: "Timeout", status: 408 });
    expect(clock.now() - began).toBe(30_000);
  });
});

describe.each(
  both(
    {
      modelList: oneOfEach,
      retryPolicy: {
        RateLimitError: { maxRetries: 5 },
        Timeout: { maxRetries: 2 },
        InternalServerError: { maxRetries: 3 },
      },
    },
    oneYaml(`  retry_policy:
    RateLimitError:
      max_retries: 5
    Timeout:
      max_retries: 2
    InternalServerError:
      max_retries: 3`),
  ),
)("a retry policy per error in %s", (_, start) => {
  it.each([
    ["RateLimitError", fails("rate_limit"), 6],
    ["Timeout", fails("timeout"), 3],
    ["Timeout of a silent one", hangs(), 3],
    ["InternalServerError", fails("internal_server"), 4],
    ["what it does not name: the default of 2", fails("service_unavailable"), 3],
    ["what the request caused", fails("bad_request"), 1],
  ])("applies to %s", async (__, behavior, count) => {
    const { refusal, calls } = await start({ "openai/gpt-4": [behavior] });
    await refusal("gpt-4");
    expect(calls()).toHaveLength(count);
  });
});

describe.each(
  both(
    {
      modelList: oneOfEach,
      modelGroupRetryPolicy: {
        "gpt-4": { RateLimitError: { maxRetries: 10 } },
        "claude-2": { RateLimitError: { maxRetries: 3 } },
      },
    },
    oneYaml(`  model_group_retry_policy:
    gpt-4:
      RateLimitError:
        max_retries: 10
    claude-2:
      RateLimitError:
        max_retries: 3`),
  ),
)("a retry policy per model group in %s", (_, start) => {
  it.each([
    ["gpt-4", "openai/gpt-4", 11],
    ["claude-2", "anthropic/claude-2", 4],
  ] as const)("applies to %s", async (model, name, count) => {
    const { refusal, calls } = await start({ [name]: [fails("rate_limit")] });
    await refusal(model);
    expect(tally(calls())).toEqual({ [name]: count });
  });
});

const pair = [
  { modelName: "gpt-4", model: "gpt-4", apiKey: "key" },
  { modelName: "gpt-4", model: "azure/gpt-4", apiKey: "key", apiBase: "https://east.openai.azure.com" },
] as const;

describe.each(
  both(
    { modelList: pair, allowedFails: 3, cooldownMs: 120_000, disableCooldowns: false, numRetries: 1 },
    `
model_list:
  - model_name: gpt-4
    litellm_params: { model: gpt-4, api_key: key }
  - model_name: gpt-4
    litellm_params: { model: azure/gpt-4, api_key: key, api_base: https://east.openai.azure.com }
router_settings:
  allowed_fails: 3
  cooldown_time: 120
  num_retries: 1
`,
  ),
)("cooldowns in %s", (_, start) => {
  it("start at the fourth failure for two minutes, and then the deployment is called again", async () => {
    const { ask, calls, forget, clock, openai, router } = await start({ "openai/gpt-4": [fails("internal_server")] });
    const failed = (): number => tally(calls())["openai/gpt-4"] ?? 0;
    const health = (): string | undefined =>
      router.state().groups[0]?.deployments.find((deployment) => deployment.provider === "openai")?.health;
    while (failed() < 3) await ask("gpt-4");
    expect(health()).toBe("healthy");
    while (failed() < 4) await ask("gpt-4");
    expect(health()).toBe("cooling");
    const until = clock.now() + 120_000;
    forget();
    openai.script("gpt-4", answers());
    while (clock.now() < until) {
      await ask("gpt-4");
      await clock.advance(1_000);
    }
    expect(tally(calls())).toEqual({ "azure/gpt-4": 120 });
    for (let count = 0; count < 20; count += 1) await ask("gpt-4");
    expect(failed()).toBeGreaterThan(0);
    await clock.advance(60_000);
    expect(health()).not.toBe("cooling");
  });
});
