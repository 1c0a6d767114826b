import { describeProvider, describeRecordedFailures } from "@modelyard/testing/conformance";
import { azure, openai, openaiCompatible } from "../src/factories.js";

describeProvider("openai", {
  create: () => openai(),
  dialect: "openai",
  suffix: "/v1",
  refused: { model: "gpt-5-mini", refused: ["stop", "temperature"] },
});
describeProvider("azure", { create: () => azure(), dialect: "azure", apiVersion: "2024-10-21" });
describeProvider("openaiCompatible", {
  create: () =>
    openaiCompatible({
      name: "groq",
      continuation: { message: { prefix: true }, body: { add_generation_prompt: false } },
    }),
  dialect: "openai",
  suffix: "/v1",
  continued: {
    sent: { add_generation_prompt: false, messages: [{ role: "user" }, { role: "assistant", prefix: true }] },
  },
  refused: { fields: { logit_bias: { 1: 2 }, n: 2 }, refused: ["logit_bias", "n"] },
});

describeRecordedFailures("openai", { create: () => openai(), dialect: "openai", suffix: "/v1" });
describeRecordedFailures("azure", { create: () => azure(), dialect: "azure", apiVersion: "2024-10-21" });
