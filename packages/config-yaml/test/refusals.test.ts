import { describe, expect, it } from "vitest";
import { parseConfig } from "../src/index.js";

const entry = (settings: string) => `model_list:
  - model_name: a
    litellm_params: { model: openai/a, api_key: k, ${settings} }
`;

describe("`drop_params`, `allowed_openai_params` and `refuses`", () => {
  it("are read from a deployment's settings", () => {
    const { router } = parseConfig(
      entry(
        "base_model: azure/gpt-5-mini, drop_params: [seed], allowed_openai_params: [top_k], " +
          "refuses: { fields: [logprobs], renames: { seed: random_seed }, message_fields: [name], developer_role: yes, tool_id_length: 9 }",
      ),
    );
    expect(router.modelList[0]).toMatchObject({
      baseModel: "azure/gpt-5-mini",
      dropParams: ["seed"],
      allowedOpenaiParams: ["top_k"],
      refuses: {
        fields: ["logprobs"],
        renames: { seed: "random_seed" },
        messageFields: ["name"],
        developerRole: true,
        toolIdLength: 9,
      },
    });
  });

  it("use the base model of litellm_params rather than that of model_info", () => {
    const { router } = parseConfig(`${entry("base_model: gpt-5")}    model_info: { base_model: gpt-4o }\n`);
    expect(router.modelList[0]?.baseModel).toBe("gpt-5");
  });

  it.each([
    ["refuses: { feilds: [seed] }", 'Did you mean "fields"'],
    ["refuses: { tool_id_length: 3 }", "tool_id_length"],
    ["refuses: { tool_id_length: 65 }", "tool_id_length"],
    ["refuses: { fields: seed }", "fields"],
    ["drop_params: seed", "drop_params"],
    ["allowed_openai_params: { seed: true }", "allowed_openai_params"],
  ])("are refused with their place when they are invalid: %s", (settings, message) => {
    expect(() => parseConfig(entry(settings))).toThrow(message);
    expect(() => parseConfig(entry(settings))).toThrow("3:");
  });
});
