import { LangfuseOtelSpanAttributes as Attribute } from "@langfuse/tracing";
import type { AttemptRecord, EventOf, JsonObject, Trail, Usage } from "@modelyard/core";
import { operations, showInstant } from "@modelyard/core/kit";
import type { Attributes } from "@opentelemetry/api";

export type Ended = EventOf<"request_succeeded" | "request_failed">;

/** Fields of a request that are not model parameters: content, and fields that may contain a secret. */
const notParameters: ReadonlySet<string> = new Set([
  "model",
  "messages",
  "prompt",
  "input",
  "system",
  "instructions",
  "tools",
  "mcp_servers",
  "functions",
  "prediction",
  "suffix",
  "user",
  "metadata",
  "client_metadata",
  "extra_headers",
  "extra_body",
  "extra_query",
]);

/** LiteLLM's keys of `metadata` that place or describe a generation. All other keys are shown as metadata. */
const generationKeys: ReadonlySet<string> = new Set([
  "trace_id",
  "existing_trace_id",
  "trace_name",
  "trace_user_id",
  "user_id",
  "trace_version",
  "trace_metadata",
  "session_id",
  "generation_name",
  "parent_observation_id",
  "mask_input",
  "mask_output",
  "tags",
]);

export function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** A generation as Langfuse's span attributes. OpenTelemetry omits those that are `undefined`. */
export function attributesOf(event: Ended, redact: boolean): Attributes {
  const { trail, metadata, payload } = event;
  const name = `litellm-${event.operation}`;
  const request = redact ? {} : (payload?.request ?? {});
  const failed = event.type === "request_failed";
  return {
    [Attribute.OBSERVATION_TYPE]: operations[event.operation].observation,
    [Attribute.TRACE_NAME]: text(metadata["trace_name"]) ?? name,
    [Attribute.TRACE_USER_ID]: text(metadata["trace_user_id"]) ?? text(metadata["user_id"]) ?? text(request["user"]),
    [Attribute.TRACE_SESSION_ID]: text(metadata["session_id"]),
    [Attribute.TRACE_TAGS]: event.tags.length > 0 ? [...event.tags] : undefined,
    [Attribute.TRACE_METADATA]: redact ? undefined : json(metadata["trace_metadata"]),
    [Attribute.VERSION]: text(metadata["trace_version"]),
    [Attribute.OBSERVATION_MODEL]: trail.attempts.at(-1)?.model ?? trail.modelGroup,
    [Attribute.OBSERVATION_MODEL_PARAMETERS]: redact ? undefined : JSON.stringify(parametersOf(request)),
    [Attribute.OBSERVATION_METADATA]: JSON.stringify({
      ...(redact ? {} : remainingMetadata(metadata)),
      ...routingOf(trail),
    }),
    [Attribute.OBSERVATION_COMPLETION_START_TIME]: firstTokenAt(trail),
    [Attribute.OBSERVATION_USAGE_DETAILS]: json(trail.usage === undefined ? undefined : usageOf(trail.usage)),
    [Attribute.OBSERVATION_COST_DETAILS]: trail.costUsd === undefined ? undefined : json({ total: trail.costUsd }),
    [Attribute.OBSERVATION_LEVEL]: failed ? "ERROR" : undefined,
    [Attribute.OBSERVATION_STATUS_MESSAGE]: failed ? event.error.message : undefined,
    ...(redact ? {} : content(event)),
  };
}

function content({ payload, metadata }: Ended): Attributes {
  if (payload === undefined) return {};
  return {
    [Attribute.OBSERVATION_INPUT]: metadata["mask_input"] === true ? undefined : json(inputOf(payload.request)),
    [Attribute.OBSERVATION_OUTPUT]: metadata["mask_output"] === true ? undefined : json(payload.answer),
  };
}

/** The prompt, with the instructions that some operations have in a separate field. */
function inputOf({ messages, prompt, input, system, instructions }: JsonObject): unknown {
  const turns = messages ?? input ?? prompt;
  if (system != null) return { system, messages: turns };
  return instructions == null ? turns : { instructions, input: turns };
}

function json(value: unknown): string | undefined {
  return value === undefined || value === null ? undefined : JSON.stringify(value);
}

function parametersOf(request: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(request).filter(([key]) => !notParameters.has(key)));
}

function remainingMetadata(metadata: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(metadata).filter(([key]) => !generationKeys.has(key)));
}

/** Describes an attempt: which deployment was called, and how the call ended. */
function describeAttempt({ provider, model, deploymentId, error, outcome }: AttemptRecord): string {
  const end = error === undefined ? outcome : `${error.kind} ${String(error.status)}`;
  return `${provider}/${model} (${deploymentId}): ${end}`;
}

function routingOf(trail: Trail): JsonObject {
  return {
    call_id: trail.callId,
    requested_model: trail.requestedModel,
    model_group: trail.modelGroup,
    model_id: trail.deploymentId,
    retries: trail.retries,
    fallbacks: trail.fallbacks,
    cache: trail.cache,
    attempts: trail.attempts.map(describeAttempt),
  };
}

function firstTokenAt(trail: Trail): string | undefined {
  const attempt = trail.attempts.at(-1);
  if (attempt?.firstTokenMs === undefined) return undefined;
  return JSON.stringify(showInstant(attempt.startedAt + attempt.firstTokenMs));
}

function usageOf(usage: Usage): Readonly<Record<string, number>> {
  const { prompt_tokens: input, completion_tokens: output, total_tokens: total } = usage;
  const cached = usage.prompt_tokens_details?.cached_tokens;
  const written = usage.prompt_tokens_details?.cache_write_tokens ?? usage.prompt_tokens_details?.cache_creation_tokens;
  const reasoning = usage.completion_tokens_details?.reasoning_tokens;
  return {
    input,
    output,
    total,
    ...(cached === undefined ? {} : { input_cached_tokens: cached }),
    ...(written === undefined ? {} : { input_cache_creation: written }),
    ...(reasoning === undefined ? {} : { output_reasoning_tokens: reasoning }),
  };
}
