import { Agent, OpenAIProvider, Runner } from "@openai/agents";
import { client } from "./openai.js";

export const runner = new Runner({
  modelProvider: new OpenAIProvider({ openAIClient: client, useResponses: false }),
  // Traces would be sent to OpenAI.
  tracingDisabled: true,
});

export const agent = new Agent({ name: "Guide", instructions: "Answer in one sentence.", model: "fast" });
