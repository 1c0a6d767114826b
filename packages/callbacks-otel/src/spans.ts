import type { AttemptRecord, Deployment, EventOf, Trail, Usage } from "@modelyard/core";
import { type Attributes, context, type Span, SpanKind, SpanStatusCode, trace, type Tracer } from "@opentelemetry/api";

export type Ended = EventOf<"request_succeeded" | "request_failed">;

/** Providers whose name in the conventions is not the one that LiteLLM's users write. */
const providerNames: Readonly<Record<string, string>> = {
  azure: "azure.ai.openai",
  bedrock: "aws.bedrock",
  vertex_ai: "gcp.vertex_ai",
  gemini: "gcp.gemini",
  mistral: "mistral_ai",
  xai: "x_ai",
  watsonx: "ibm.watsonx.ai",
};

/** Where a deployment is reached; without an address of its own nothing is known of it here. */
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

/** Names and tags are the callers' own and may be as long as they like: of each so many characters are shown ... */
const longestText = 512;
/** ... and so many tags. */
const mostTags = 100;

function short(text: string): string {
  return text.slice(0, longestText);
}

export interface SpanInput {
  readonly tracer: Tracer;
  readonly event: Ended;
  /** Address of a deployment, by its id. */
  readonly server: (deploymentId: string) => Attributes;
}

function attemptSpan({ tracer, event, server }: SpanInput, parent: Span, attempt: AttemptRecord): void {
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
 * One span for the request and one below it for each attempt, made when the request is over, with the times at which
 * things happened. Below the span that is active in the program, if there is one.
 */
export function makeSpans(input: SpanInput): void {
  const { tracer, event } = input;
  const { trail } = event;
  const span = tracer.startSpan(`${event.operation} ${short(trail.requestedModel)}`, {
    kind: SpanKind.INTERNAL,
    // An attempt's time is in whole milliseconds: its span must not begin before the request's.
    startTime: Math.min(event.at - event.durationMs, ...trail.attempts.map(({ startedAt }) => startedAt)),
    attributes: requestAttributes(event, trail),
  });
  for (const attempt of trail.attempts) attemptSpan(input, span, attempt);
  if (event.type === "request_failed") {
    span.setAttribute("error.type", event.error.kind);
    span.setStatus({ code: SpanStatusCode.ERROR, message: event.error.kind });
  }
  span.end(event.at);
}
