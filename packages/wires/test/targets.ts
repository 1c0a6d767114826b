import type { ChatTarget, MessagesTarget, ResponsesTarget } from "../src/index.js";

const target = { model: "model", vendor: "openai", deployment: "d2", dropParams: false };

export const openaiChat: ChatTarget = {
  ...target,
  developerRole: true,
  limitField: "max_completion_tokens",
  customTools: true,
  cacheMarks: false,
  maxStops: 4,
  topK: false,
  takesReasoning: false,
  streamUsage: true,
  webSearch: false,
};

/** A host that speaks Chat Completions as it was in 2024. */
export const hostChat: ChatTarget = {
  ...openaiChat,
  vendor: "host",
  developerRole: false,
  limitField: "max_tokens",
  customTools: false,
};

export const openaiResponses: ResponsesTarget = { ...target, reasoning: true, cacheMarks: true, penalties: false };

export const claude: MessagesTarget = {
  model: "claude",
  vendor: "anthropic",
  deployment: "d1",
  dropParams: false,
  apiVersion: "2023-06-01",
  maxTokens: 4_096,
  systemTurns: false,
  fitSchema: (schema) => schema,
  traits: {
    sampling: true,
    temperatureWithTopP: false,
    thinking: "adaptive",
    alwaysThinks: false,
    xhigh: false,
    forcedTools: true,
    jsonSchema: true,
  },
};
