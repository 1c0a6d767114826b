import type { JsonObject } from "../json.js";
import { estimateItems } from "../token-estimate.js";
import { errorFault, objectsIn } from "./common-facts.js";
import { usageOfResponse } from "./mock-response.js";
import type { OperationRow } from "./operation-row.js";
import { responses } from "./responses.js";

function compactionFault(value: unknown): string | undefined {
  const fault = errorFault(value);
  if (fault !== undefined) return fault;
  return Array.isArray((value as JsonObject)["output"]) ? undefined : "the body has no output";
}

/**
 * Replaces a conversation by a shorter one, with an item that only the vendor can read. Nothing is stored. Source:
 * https://platform.openai.com/docs/api-reference/responses/compact.
 */
export const responsesCompact: OperationRow & { readonly name: "responses_compact" } = {
  name: "responses_compact",
  path: "/responses/compact",
  partOf: "responses",
  defaults: ["instructions", "prompt_cache_key", "prompt_cache_retention", "service_tier"],
  litellm: { callType: "compact_responses" },
  streams: false,
  required: "input",
  insteadOfRequired: ["previous_response_id"],
  check: (request) => responses.check?.(request),
  vendorMetadata: () => undefined,
  sendsNull: true,
  inputTokens: responses.inputTokens,
  maxOutputTokens: () => undefined,
  choices: () => 1,
  fault: compactionFault,
  outputTokens: estimateItems,
  awaitsUsage: () => false,
  empty: (value) => objectsIn(value, "output").length === 0,
  finishReasons: {},
  reads: { ...responses.reads, choices: () => undefined, finishReason: () => undefined, isEvent: () => false },
  needs: { ...responses.needs, jsonSchema: () => undefined },
  ...(responses.stored === undefined ? {} : { stored: { ...responses.stored, stores: () => false } }),
  latencyOf: "token",
  observation: "generation",
  mock: {
    answer: ({ id, created, text, usage }) => ({
      id,
      object: "response.compaction",
      created_at: created,
      output: [{ type: "compaction", id: `cmp_${id}`, encrypted_content: text }],
      usage: usageOfResponse(usage),
    }),
  },
};
