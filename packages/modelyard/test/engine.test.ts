import { refuses, startUpstream, type Upstream } from "@modelyard/testing";
import { describeEngine } from "@modelyard/testing/conformance";
import { afterAll, afterEach, beforeAll } from "vitest";
import { routerFromYaml, type YamlRouter } from "../src/index.js";

let upstream: Upstream;
const opened: YamlRouter[] = [];

beforeAll(async () => {
  upstream = await startUpstream();
  upstream.script({ host: "bad" }, refuses(500));
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((one) => one.close()));
});
afterAll(() => upstream.close());

const file = (provider: string, path: string): string => `
model_list:
  - model_name: good
    litellm_params: { model: ${provider}/good, api_key: key, api_base: "${upstream.url("good")}${path}" }
  - model_name: bad
    litellm_params: { model: ${provider}/bad, api_key: key, api_base: "${upstream.url("bad")}${path}" }
router_settings: { model_group_alias: { other: good } }
`;

// OpenAI's answers are passed on as bytes, Anthropic's are translated.
for (const [provider, path] of [
  ["openai", "/v1"],
  ["anthropic", ""],
] as const) {
  describeEngine(`a router from YAML over ${provider}`, {
    create: async () => {
      const made = await routerFromYaml(file(provider, path));
      opened.push(made);
      return made.router;
    },
    model: "good",
    failing: "bad",
  });
}
