import { systemClock } from "@modelyard/core/kit";
import { readScrape } from "@modelyard/repo-tests/metrics";
import { type Receiver, startReceiver } from "@modelyard/repo-tests/receiver";
import { answers, fails, scriptedProvider } from "@modelyard/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { routerFromYaml } from "./router-from-yaml.js";

let receiver: Receiver;
beforeEach(async () => {
  receiver = await startReceiver();
});
afterEach(async () => {
  await receiver.close();
});

async function boot(litellmSettings: string, variables: Readonly<Record<string, string>> = {}, lenient = false) {
  const text = `model_list:
  - model_name: gpt-4
    litellm_params: { model: openai/a, api_key: sk-canary }
    model_info: { id: a }
router_settings: { num_retries: 0 }
litellm_settings: ${litellmSettings}
`;
  const provider = scriptedProvider({ clock: systemClock });
  provider.script("a", answers("canary answer"), fails("internal_server"));
  const yaml = await routerFromYaml(text, { env: variables, providers: [provider], lenient });
  const ask = () =>
    yaml.router.completion({ model: "gpt-4", messages: [{ role: "user", content: "canary question" }] });
  return {
    ...yaml,
    /** One call that succeeds, then one that fails. */
    both: async () => {
      await ask();
      await ask().catch(() => undefined);
    },
  };
}

const variables = () => ({
  LANGFUSE_PUBLIC_KEY: "pk",
  LANGFUSE_SECRET_KEY: "sk",
  LANGFUSE_HOST: receiver.origin,
  SENTRY_DSN: `${receiver.origin.replace("//", "//public@")}/1`,
  OTEL_EXPORTER_OTLP_ENDPOINT: receiver.origin,
  OTEL_EXPORTER_OTLP_HEADERS: "x-tenant=blue%20team",
});

const sentTo = (path: string): readonly string[] =>
  receiver.received.filter((one) => one.path.startsWith(path)).map((one) => one.body);

describe("callbacks in a configuration file:", () => {
  it.each([
    ["success_callback", 1, false],
    ["failure_callback", 1, true],
    ["callbacks", 2, true],
  ])("%s sends Langfuse the outcomes of that setting", async (list, spans, failures) => {
    const { both, close } = await boot(`{ ${list}: [langfuse] }`, variables());
    await both();
    await close();
    const body = sentTo("/api/public/otel/v1/traces").join("");
    expect(body.match(/"langfuse.observation.model.name"/gu)).toHaveLength(spans);
    expect(body.includes("scripted internal_server")).toBe(failures);
    expect(body.includes("canary answer")).toBe(list !== "failure_callback");
  });

  it("the guide's example sends successes to Langfuse and Prometheus, and failures to Sentry", async () => {
    const { both, close, routes } = await boot(
      '{ success_callback: ["langfuse", "prometheus"], failure_callback: ["sentry"] }',
      variables(),
    );
    await both();
    const [metrics] = routes;
    expect(metrics).toMatchObject({ method: "GET", path: "/metrics", open: true });
    const answer = await metrics?.handle({} as never);
    const { value } = readScrape((answer as { readonly body: string }).body);
    expect(value("litellm_deployment_success_responses_total", { model_id: "a" })).toBe(1);
    expect(value("litellm_deployment_failure_responses_total")).toBeUndefined();
    await close();
    expect(sentTo("/api/public/otel/v1/traces")).toHaveLength(1);
    expect(sentTo("/api/1/envelope/")).toHaveLength(1);
    expect(sentTo("/api/1/envelope/")[0]).not.toContain("canary");
  });

  it("turn_off_message_logging sends no prompts and answers", async () => {
    const { both, close } = await boot("{ callbacks: [langfuse], turn_off_message_logging: true }", variables());
    await both();
    await close();
    expect(sentTo("/api/public/otel/v1/traces").join("")).not.toContain("canary");
  });

  it("otel takes its URL and headers from the file's variables, not from the process", async () => {
    const { both, close } = await boot("{ callbacks: [otel] }", variables());
    await both();
    await close();
    expect(sentTo("/v1/traces")).toHaveLength(1);
    expect(receiver.received[0]?.headers["x-tenant"]).toBe("blue team");
    expect(receiver.received[0]?.body).not.toContain("canary");
  });

  it("/metrics requires the API key if the file says so", async () => {
    const { routes, close } = await boot("{ callbacks: [prometheus], require_auth_for_metrics_endpoint: true }");
    expect(routes[0]).toMatchObject({ path: "/metrics", open: false });
    await close();
  });

  it("a misspelled name is an error with its place", async () => {
    const settings = "{ callbacks: promethius, failure_callback: [langfus] }";
    await expect(boot(settings)).rejects.toThrow(
      /2 problems:\n.*6:21 litellm_settings\.callbacks\[0\]: unknown callback "promethius"\. Did you mean "prometheus".*\n.*failure_callback\[0\].*Did you mean "langfuse"/u,
    );
    const { warnings, close } = await boot(settings, {}, true);
    expect(warnings.filter((warning) => warning.includes("unknown callback"))).toHaveLength(2);
    await close();
  });

  it.each(["langsmith", "datadog", "arize_phoenix", "my.python.module", "db", "lunary"])(
    "a callback that only LiteLLM supports causes one warning: %s",
    async (name) => {
      const { warnings, close } = await boot(`{ callbacks: [prometheus, ${name}], success_callback: [${name}] }`);
      const [warning, ...others] = warnings;
      expect(warning).toMatch(/:6:\d+ litellm_settings\.callbacks\[1\]: Modelyard has no callback/u);
      expect(warning).toContain(`"${name}", so it is not called.`);
      expect(others).toEqual([]);
      await close();
    },
  );

  it.each([
    ["langfuse", {}, "LANGFUSE_PUBLIC_KEY and LANGFUSE_SECRET_KEY are not set"],
    ["langfuse", { LANGFUSE_PUBLIC_KEY: "pk" }, "LANGFUSE_SECRET_KEY is not set"],
    ["langfuse_otel", { LANGFUSE_PUBLIC_KEY: "" }, "LANGFUSE_PUBLIC_KEY and LANGFUSE_SECRET_KEY are not set"],
    ["sentry", {}, "SENTRY_DSN is not set"],
    ["sentry", { SENTRY_DSN: "https://a@b.example/1", SENTRY_API_SAMPLE_RATE: "many" }, "SENTRY_API_SAMPLE_RATE"],
    ["otel", {}, "OTEL_EXPORTER_OTLP_ENDPOINT is not set"],
  ])("%s with the environment %o is an error, and a warning in lenient mode", async (name, env, message) => {
    await expect(boot(`{ callbacks: [${name}] }`, env)).rejects.toThrow(message);
    await expect(boot(`{ callbacks: [${name}] }`, env)).rejects.toThrow(/:6:\d+ litellm_settings\.callbacks/u);
    const { warnings, both, close } = await boot(`{ callbacks: [${name}] }`, env, true);
    expect(warnings.filter((warning) => warning.includes(message))).toHaveLength(1);
    await both();
    await close();
  });

  it.each(["langfuse", "langfuse_otel", "sentry", "otel"])(
    "%s needs no environment variables when a file is checked without its environment",
    async (name) => {
      const text = `model_list:\n  - { model_name: a, litellm_params: { model: openai/a, api_key: k } }\nlitellm_settings: { callbacks: [${name}] }\n`;
      const looked = await routerFromYaml(text, { env: {}, offline: true, assumeEnvironment: true, strict: true });
      expect(looked.warnings).toEqual([]);
      await looked.close();
    },
  );

  it("sentry causes a warning if it receives successes only", async () => {
    const { warnings, close } = await boot("{ success_callback: [sentry] }", variables());
    expect(warnings.some((warning) => warning.includes("Put it in failure_callback"))).toBe(true);
    await close();
  });
});
