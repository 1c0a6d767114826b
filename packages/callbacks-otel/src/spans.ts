import type { AttemptRecord, Deployment, EventOf, Trail, Usage } from "@modelyard/core";
import { type Attributes, context, type Span, SpanKind, SpanStatusCode, trace, type Tracer } from "@opentelemetry/api";

export type Ended = EventOf<"request_succeeded" | "request_failed">;

/** Names of providers in the GenAI conventions, where they differ from the name in a model string. */
const providerNames: Readonly<Record<string, string>> = {
  azure: "azure.ai.openai",
  bedrock: "aws.bedrock",
  vertex_ai: "gcp.vertex_ai",
  gemini: "gcp.gemini",
  mistral: "mistral_ai",
  xai: "x_ai",
  watsonx: "ibm.watsonx.ai",
};

/** Host and port of a deployment. Empty if its address is not configured, since only the provider knows the default. */
export function serverOf({ connection }: Deployment): Attributes {
  if (connection.baseUrl === undefined || !URL.canParse(connection.baseUrl)) return {};
  const { hostname, port, protocol } = new URL(connection.baseUrl);
  return {
    "server.address": hostname,
    "server.port": port === "" ? (protocol === "http:" ? 80 : 443) : Number(port),
  };
}

function usageOf(usage: Usage | undefined): Attributes {
  if (usage === undefined) return {};
  return {
    "gen_ai.usage.input_tokens": usage.prompt_tokens,
    "gen_ai.usage.output_tokens": usage.completion_tokens,
    "gen_ai.usage.cache_read.input_tokens": usage.prompt_tokens_details?.cached_tokens,
    "gen_ai.usage.cache_write.input_tokens":
      usage.prompt_tokens_details?.cache_write_tokens ?? usage.prompt_tokens_details?.cache_creation_tokens,
    "gen_ai.usage.reasoning.output_tokens": usage.completion_tokens_details?.reasoning_tokens,
  };
}

/** Limit for the characters of a name or tag, because callers decide their length. */
const longestText = 512;
/** Limit for tags. */
const mostTags = 100;

function short(text: string): string {
  return text.slice(0, longestText);
}

export interface SpanInput {
  readonly tracer: Tracer;
  readonly event: Ended;
  /** Host and port of a deployment, by its id. */
  readonly server: (deploymentId: string) => Attributes;
  /** Called with each span just before it ends. */
  readonly beforeEnd: (span: Span) => void;
}

function attemptSpan({ tracer, event, server, beforeEnd }: SpanInput, parent: Span, attempt: AttemptRecord): void {
  const { operation, stream } = event;
  const { firstTokenMs, error } = attempt;
  const span = tracer.startSpan(
    `${operation} ${attempt.model}`,
    {
      kind: SpanKind.CLIENT,
      startTime: attempt.startedAt,
      attributes: {
        "gen_ai.operation.name": operation,
        "gen_ai.provider.name": providerNames[attempt.provider] ?? attempt.provider,
        "gen_ai.request.model": attempt.model,
        "gen_ai.request.stream": stream,
        "gen_ai.response.time_to_first_chunk": firstTokenMs === undefined ? undefined : firstTokenMs / 1000,
        ...server(attempt.deploymentId),
        ...usageOf(attempt.usage),
        "modelyard.deployment.id": attempt.deploymentId,
        "modelyard.group": attempt.group,
        "modelyard.outcome": attempt.outcome,
      },
    },
    trace.setSpan(context.active(), parent),
  );
  if (firstTokenMs !== undefined) span.addEvent("first_token", {}, attempt.startedAt + firstTokenMs);
  if (error !== undefined) {
    span.setAttributes({ "error.type": error.kind, "http.response.status_code": error.status });
    span.setStatus({ code: SpanStatusCode.ERROR, message: error.kind });
  }
  beforeEnd(span);
  span.end(attempt.startedAt + attempt.durationMs);
}

function requestAttributes({ operation, stream, tags }: Ended, trail: Trail): Attributes {
  return {
    "gen_ai.operation.name": operation,
    "gen_ai.provider.name": "modelyard",
    "gen_ai.request.model": short(trail.requestedModel),
    "gen_ai.request.stream": stream,
    ...usageOf(trail.usage),
    "modelyard.call.id": trail.callId,
    "modelyard.group": short(trail.modelGroup),
    "modelyard.deployment.id": trail.deploymentId,
    "modelyard.retries": trail.retries,
    "modelyard.fallbacks": trail.fallbacks,
    "modelyard.cache": trail.cache,
    "modelyard.cost_usd": trail.costUsd,
    "modelyard.tags": tags.length > 0 ? tags.slice(0, mostTags).map(short) : undefined,
  };
}

/**
 * Creates one span for a request that has ended, with a child span for each attempt. Their times are those of the
 * events. If a span is active in the program, it becomes the parent.
 */
export function makeSpans(input: SpanInput): void {
  const { tracer, event } = input;
  const { trail } = event;
  const span = tracer.startSpan(`${event.operation} ${short(trail.requestedModel)}`, {
    kind: SpanKind.INTERNAL,
    // Attempts start at whole milliseconds; the request's span must not begin after an attempt's.
    startTime: Math.min(event.at - event.durationMs, ...trail.attempts.map(({ startedAt }) => startedAt)),
    attributes: requestAttributes(event, trail),
  });
  for (const attempt of trail.attempts) attemptSpan(input, span, attempt);
  if (event.type === "request_failed") {
    span.setAttribute("error.type", event.error.kind);
    span.setStatus({ code: SpanStatusCode.ERROR, message: event.error.kind });
  }
  input.beforeEnd(span);
  span.end(event.at);
}
