import { describeProvider, describeRecordedFailures } from "@modelyard/testing/conformance";
import { anthropic } from "../src/anthropic.js";

describeProvider("anthropic", {
  create: () => anthropic(),
  dialect: "anthropic",
  continued: { model: "claude-3-5-sonnet", refusedModel: "claude-opus-4-6" },
  refused: { fields: { seed: 1, logprobs: true }, refused: ["logprobs", "seed"] },
});
describeRecordedFailures("anthropic", { create: () => anthropic(), dialect: "anthropic" });
