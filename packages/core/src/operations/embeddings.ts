import type { JsonObject } from "../json.js";
import { estimatePromptInput } from "../token-estimate.js";
import { choiceReads, errorFault, listFault, needsNothing, objectsIn, storedMetadata } from "./common-facts.js";
import { embeddingItems } from "./embedding-items.js";
import type { OperationRow } from "./operation-row.js";

export const embeddings: OperationRow & { readonly name: "embeddings" } = {
  name: "embeddings",
  path: "/embeddings",
  litellm: { mode: "embedding", callType: "embedding" },
  streams: false,
  required: "input",
  vendorMetadata: storedMetadata,
  sendsNull: false,
  inputTokens: (request) => estimatePromptInput(request["input"]),
  maxOutputTokens: () => 0,
  choices: (request) => textsIn(request["input"]),
  fault: (value, texts) =>
    errorFault(value) ??
    listFault(value, "data", "embedding", isVector) ??
    (texts === undefined ? undefined : countFault(value as JsonObject, texts)),
  outputTokens: () => 0,
  awaitsUsage: () => false,
  empty: (value) => objectsIn(value, "data").length === 0,
  finishReasons: {},
  reads: { ...choiceReads, choices: () => undefined, isEvent: () => false },
  needs: needsNothing,
  cacheItems: embeddingItems,
  latencyOf: "call",
  observation: "embedding",
  mock: {
    answer: ({ model, usage, request, vector = zeros }) => ({
      object: "list",
      model,
      data: Array.from({ length: textsIn(request["input"]) }, (_, index) => ({
        object: "embedding",
        index,
        embedding: request["encoding_format"] === "base64" ? btoa("\0".repeat(12)) : vector(index),
      })),
      usage: { prompt_tokens: usage.prompt_tokens, total_tokens: usage.prompt_tokens },
    }),
  },
};

/** The number of embeddings that are requested. A list of numbers is one text, as tokens. */
function textsIn(input: unknown): number {
  return Array.isArray(input) && typeof input[0] !== "number" ? Math.max(1, input.length) : 1;
}

function zeros(): readonly number[] {
  return [0, 0, 0];
}

/** Whether it is a list of numbers, the same in base64, or several such lists by their types. */
function isVector(embedding: unknown): boolean {
  return typeof embedding === "string" || (typeof embedding === "object" && embedding !== null);
}

/** Whether embeddings are missing, which would shift the others to wrong places. */
function countFault(value: JsonObject, wanted: number): string | undefined {
  const got = objectsIn(value, "data").length;
  return got < wanted ? `the body has ${String(got)} embeddings for ${String(wanted)} texts` : undefined;
}
