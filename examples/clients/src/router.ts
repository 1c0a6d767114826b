import { createGateway, toFetchHandler } from "@modelyard/gateway";
import { anthropic } from "@modelyard/providers-anthropic";
import { openai } from "@modelyard/providers-openai";
import { createRouter } from "@modelyard/router";

export const router = createRouter({
  providers: [openai(), anthropic()],
  modelList: [
    {
      modelName: "fast",
      model: "openai/gpt-5-mini",
      apiBase: process.env["OPENAI_BASE_URL"] ?? "https://api.openai.com/v1",
    },
    {
      modelName: "spare",
      model: "anthropic/claude-haiku-4-5",
      apiBase: process.env["ANTHROPIC_BASE_URL"] ?? "https://api.anthropic.com",
    },
  ],
  fallbacks: { fast: ["spare"] },
});

/** Calls the router instead of the network. */
export const fetch = toFetchHandler(createGateway(router));
