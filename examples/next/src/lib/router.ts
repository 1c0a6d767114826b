import { openai } from "@modelyard/providers-openai";
import { createRouter, RouterError } from "@modelyard/router";

const apiBase = process.env["OPENAI_BASE_URL"] ?? "https://api.openai.com/v1";

export const router = createRouter({
  providers: [openai()],
  modelList: [
    { modelName: "fast", model: "openai/gpt-5-mini", apiBase },
    { modelName: "spare", model: "openai/gpt-4.1-mini", apiBase },
  ],
  fallbacks: { fast: ["spare"] },
});

/** The answer to a failed call. */
export function failed(error: unknown): Response {
  if (!RouterError.isInstance(error)) throw error;
  return Response.json({ error: error.message }, { status: error.status });
}
