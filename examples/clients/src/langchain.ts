import { ChatAnthropic } from "@langchain/anthropic";
import { ChatOpenAI } from "@langchain/openai";
import { fetch } from "./router.js";

export const openai = new ChatOpenAI({
  model: "fast",
  apiKey: "none",
  maxRetries: 0,
  configuration: { fetch, baseURL: "http://router/v1" },
});

export const anthropic = new ChatAnthropic({
  model: "fast",
  apiKey: "none",
  maxRetries: 0,
  anthropicApiUrl: "http://router",
  clientOptions: { fetch },
});
