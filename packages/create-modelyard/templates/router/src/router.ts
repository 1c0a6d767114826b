import { anthropic } from "@modelyard/providers-anthropic";
import { openai } from "@modelyard/providers-openai";
import { createRouter, type Provider, type Router } from "@modelyard/router";

/**
 * The names that the application uses, and the deployments that serve them. If `smart` fails or is out of quota, `spare`
 * answers.
 * @param providers - the vendors; tests pass their own. Keys come from OPENAI_API_KEY and ANTHROPIC_API_KEY.
 */
export function createAppRouter(providers: readonly Provider[] = [openai(), anthropic()]): Router<"smart" | "spare"> {
  return createRouter({
    providers,
    modelList: [
      { modelName: "smart", model: "openai/gpt-5-mini" },
      { modelName: "spare", model: "anthropic/claude-haiku-4-5" },
    ],
    fallbacks: { smart: ["spare"] },
    numRetries: 1,
    timeoutMs: 60_000,
  });
}
