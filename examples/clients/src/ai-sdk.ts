import { createAnthropic } from "@ai-sdk/anthropic";
import { createOpenAI } from "@ai-sdk/openai";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { fetch } from "./router.js";

const options = { fetch, baseURL: "http://router/v1", apiKey: "none" };

export const openai = createOpenAI(options);
export const anthropic = createAnthropic(options);
export const compatible = createOpenAICompatible({ ...options, name: "router", includeUsage: true });
