import { createError, didYouMean, type RouterError } from "@modelyard/core";
import type { GatewayRequest } from "./http.js";

const served = "/v1/chat/completions, /v1/completions, /v1/embeddings and /v1/models";

/** What clients ask for that is not here, by the first segment of its path, and what to do instead. */
const others: Readonly<Record<string, string>> = {
  responses:
    "The Responses API is not served: set your client to chat completions (POST /v1/chat/completions), which all models here answer.",
  conversations: "The Responses API is not served: set your client to chat completions (POST /v1/chat/completions).",
  messages:
    "Anthropic's API is not served: use a client of OpenAI's API (POST /v1/chat/completions), where Claude answers too.",
  complete: "Anthropic's API is not served: use a client of OpenAI's API (POST /v1/chat/completions).",
};

/** The rest of OpenAI's API, and what LiteLLM's proxy has besides. Source: OpenAI's API reference, LiteLLM's proxy docs, 2026-11. */
const elsewhere: ReadonlySet<string> = new Set(
  (
    "assistants audio batches containers evals files fine_tuning images moderations ocr rag realtime rerank search " +
    "skills threads uploads vector_stores videos"
  ).split(" "),
);

/** A path's first segment behind what stands before it at OpenAI's, Azure's and elsewhere. */
const segment =
  /^(?:\/openai)?(?:\/deployments\/[^/]+|\/engines\/[^/]+)?(?:\/(?:v1|v2|beta))*\/(?<name>[a-z_]+)(?:\/|$)/u;

function instead(path: string, paths: readonly string[]): string {
  if (path.includes("/chat/completions/"))
    return " Stored completions are not available here; ask the vendor directly.";
  const name = segment.exec(path)?.groups?.["name"] ?? "";
  if (Object.hasOwn(others, name)) return ` ${String(others[name])}`;
  if (elsewhere.has(name)) return ` This server offers ${served}; send this request to the vendor directly.`;
  const near = didYouMean(path, paths);
  return near === "" ? ` This server offers ${served}.` : near;
}

/** @param paths - those that are there */
export function unknownRoute({ method, path }: GatewayRequest, paths: readonly string[]): RouterError {
  const asked = `${method.slice(0, 20)} ${path.slice(0, 200)}`;
  return createError({
    kind: "not_found",
    code: "unknown_route",
    message: `There is no ${asked}.${instead(path.slice(0, 2_000), paths)}`,
  });
}
