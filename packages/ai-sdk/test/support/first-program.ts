import { anthropic } from "@ai-sdk/anthropic";
import { openai } from "@ai-sdk/openai";
import { createModelyard } from "@modelyard/ai-sdk";
import { streamText } from "ai";

const ai = createModelyard({
  models: { fast: openai("gpt-5-mini"), spare: anthropic("claude-haiku-4-5") },
  fallbacks: { fast: ["spare"] },
});

const { textStream } = streamText({ model: ai("fast"), prompt: "Why is the sky blue?" });
for await (const text of textStream) process.stdout.write(text);
