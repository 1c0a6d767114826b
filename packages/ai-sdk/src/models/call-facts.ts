import type { JSONObject, SharedV4Headers, SharedV4ProviderMetadata, SharedV4Warning } from "@ai-sdk/provider";
import type { AttemptRecord, Trail } from "@modelyard/core";
import type { Loss } from "@modelyard/wires";
import { given } from "../given.js";

/** How an answer came about, for `providerMetadata.modelyard`. */
export interface ModelyardMetadata {
  readonly callId: string;
  /** The group that served, after aliases and fallbacks. */
  readonly modelGroup: string;
  /** The deployment that served. Not set: the answer came from the cache. */
  readonly deployment?: string;
  readonly provider?: string;
  /** The vendor's name for the model. */
  readonly model?: string;
  readonly attempts: readonly AttemptSummary[];
  readonly retries: number;
  readonly fallbacks: number;
  readonly cache: Trail["cache"];
  readonly costUsd?: number;
  readonly droppedParams?: readonly string[];
}

export interface AttemptSummary {
  readonly deployment: string;
  readonly group: string;
  readonly provider: string;
  readonly model: string;
  readonly outcome: AttemptRecord["outcome"];
  readonly durationMs: number;
  readonly firstTokenMs?: number;
  readonly error?: { readonly kind: string; readonly status: number; readonly message: string };
}

export function summaryOf(trail: Trail): ModelyardMetadata {
  const { callId, modelGroup, deploymentId, attempts, retries, fallbacks, cache, costUsd, droppedParams } = trail;
  const last = attempts.at(-1);
  return {
    callId,
    modelGroup,
    ...given({ deployment: deploymentId, provider: last?.provider, model: last?.model }),
    attempts: attempts.map(attemptSummary),
    retries,
    fallbacks,
    cache,
    ...given({ costUsd, droppedParams: droppedParams.length === 0 ? undefined : droppedParams }),
  };
}

function attemptSummary(record: AttemptRecord): AttemptSummary {
  const { deploymentId: deployment, group, provider, model, outcome, durationMs, firstTokenMs, error } = record;
  return {
    deployment,
    group,
    provider,
    model,
    outcome,
    durationMs,
    ...given({
      firstTokenMs,
      error: error === undefined ? undefined : { kind: error.kind, status: error.status, message: error.message },
    }),
  };
}

/** The metadata of an answer: the vendor's, if it is known, and ours. */
export function metadataOf(trail: Trail, vendors: SharedV4ProviderMetadata = {}): SharedV4ProviderMetadata {
  return { ...vendors, modelyard: summaryOf(trail) as unknown as JSONObject };
}

/** Headers with the names that the proxy uses, after those of the vendor, if they are known. */
export function headersOf(trail: Trail, vendors: SharedV4Headers = {}): SharedV4Headers {
  const { callId, modelGroup, deploymentId, retries, fallbacks, costUsd, droppedParams } = trail;
  return {
    ...vendors,
    "x-litellm-call-id": callId,
    "x-litellm-model-group": modelGroup,
    ...(deploymentId === undefined ? {} : { "x-litellm-model-id": deploymentId }),
    "x-litellm-attempted-retries": String(retries),
    "x-litellm-attempted-fallbacks": String(fallbacks),
    ...(costUsd === undefined ? {} : { "x-litellm-response-cost": String(costUsd) }),
    ...(droppedParams.length === 0 ? {} : { "x-modelyard-dropped": droppedParams.join(",") }),
  };
}

/** The SDK's names of settings that APIs call by other names. */
const settingNames: Readonly<Record<string, string>> = {
  temperature: "temperature",
  top_p: "topP",
  top_k: "topK",
  seed: "seed",
  stop: "stopSequences",
  stop_sequences: "stopSequences",
  frequency_penalty: "frequencyPenalty",
  presence_penalty: "presencePenalty",
  max_tokens: "maxOutputTokens",
  max_output_tokens: "maxOutputTokens",
  max_completion_tokens: "maxOutputTokens",
  reasoning_effort: "reasoning",
  reasoning: "reasoning",
  thinking: "reasoning",
  response_format: "responseFormat",
  tool_choice: "toolChoice",
};

function featureOf(path: string): string {
  const [field = path] = path.split(/[.[]/u, 1);
  return Object.hasOwn(settingNames, field) ? (settingNames[field] as string) : path;
}

interface Reduced {
  readonly losses: readonly Loss[];
  /** Fields that the caller did not ask for. */
  readonly unasked: readonly string[];
}

/** A warning for everything that did not reach the vendor as the caller wrote it, each once. */
export function warningsOf({ losses, unasked }: Reduced, trail: Trail): SharedV4Warning[] {
  const warnings = new Map<string, SharedV4Warning>();
  for (const { path, kind, why } of losses) {
    const feature = featureOf(path);
    if (kind === "synthesised") continue;
    warnings.set(feature, { type: kind === "converted" ? "compatibility" : "unsupported", feature, details: why });
  }
  const { attempts, droppedParams } = trail;
  const last = attempts.at(-1);
  const who = last === undefined ? "The deployment" : `${last.provider} (${last.model})`;
  for (const param of droppedParams) {
    if (unasked.includes(param)) continue;
    const feature = featureOf(param);
    if (!warnings.has(feature))
      warnings.set(feature, { type: "unsupported", feature, details: `${who} does not support it.` });
  }
  return [...warnings.values()];
}
