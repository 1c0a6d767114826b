import type { Host } from "./host.js";

/**
 * Options of Ollama's own API, which its OpenAI-compatible one does not have. Source: Ollama, "API reference" and "OpenAI
 * compatibility", 2026.
 */
const ollamaOptions: readonly string[] = (
  "num_ctx num_keep num_predict num_batch num_gpu num_thread main_gpu use_mmap numa mirostat mirostat_eta mirostat_tau repeat_last_n " +
  "repeat_penalty tfs_z typical_p penalize_newline keep_alive"
).split(" ");

/** LiteLLM's two names for two of its routes; OpenAI's API is one, and the better one, for both. */
export function ollama(name: string): Host {
  return {
    name,
    baseUrl: "http://localhost:11434/v1",
    baseVariable: "OLLAMA_API_BASE",
    apiPath: "/v1",
    addressForms: [{ written: /^(https?:\/\/[^/]+)\/api(?:\/(?:chat|generate|embed|embeddings))?$/u, means: "$1/v1" }],
    keyVariable: undefined,
    keyless: true,
    ignoredFields: { names: ollamaOptions, reason: noSuchOption },
  };
}

function noSuchOption(fields: readonly string[]): string {
  const instead = fields.includes("num_ctx")
    ? "Prompts longer than the server's window are truncated there without an error: set OLLAMA_CONTEXT_LENGTH on the server, or num_ctx in the model's Modelfile."
    : "Set it in the model's Modelfile.";
  return `Ollama's OpenAI-compatible API, which Modelyard uses, has no such option. ${instead}`;
}
