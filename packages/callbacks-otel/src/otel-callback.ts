import type { AttemptRecord, Callback, EventOf, RouterEvent } from "@modelyard/core";
import { context, type Span, SpanKind, SpanStatusCode, trace, type Tracer } from "@opentelemetry/api";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BatchSpanProcessor, NodeTracerProvider } from "@opentelemetry/sdk-trace-node";

export interface OtelOptions {
  /** Where spans are made. @defaultValue one of its own, which exports by OTLP over HTTP */
  readonly tracer?: Tracer;
  /** Where spans are sent, e.g. `http://localhost:4318/v1/traces`. @defaultValue what OTEL_EXPORTER_OTLP_ENDPOINT says */
  readonly url?: string;
  /** @defaultValue `modelyard` */
  readonly serviceName?: string;
}

type Ended = EventOf<"request_succeeded" | "request_failed">;

function attemptSpan(tracer: Tracer, parent: Span, attempt: AttemptRecord, operation: string): void {
  const span = tracer.startSpan(
    `${operation} ${attempt.model}`,
    {
      kind: SpanKind.CLIENT,
      startTime: attempt.startedAt,
      attributes: {
        "gen_ai.operation.name": operation,
        "gen_ai.provider.name": attempt.provider,
        "gen_ai.request.model": attempt.model,
        "modelyard.deployment.id": attempt.deploymentId,
        "modelyard.group": attempt.group,
      },
    },
    trace.setSpan(context.active(), parent),
  );
  if (attempt.firstTokenMs !== undefined) span.addEvent("first_token", {}, attempt.startedAt + attempt.firstTokenMs);
  if (attempt.error !== undefined) {
    span.setAttributes({ "error.type": attempt.error.kind, "http.response.status_code": attempt.error.status });
    span.setStatus({ code: SpanStatusCode.ERROR, message: attempt.error.kind });
  }
  span.end(attempt.startedAt + attempt.durationMs);
}

function requestSpan(tracer: Tracer, event: Ended): void {
  const { trail } = event;
  const span = tracer.startSpan(`${event.operation} ${trail.modelGroup}`, {
    kind: SpanKind.INTERNAL,
    startTime: event.at - event.durationMs,
    attributes: {
      "gen_ai.operation.name": event.operation,
      "gen_ai.request.model": trail.modelGroup,
      "modelyard.call.id": trail.callId,
      "modelyard.retries": trail.retries,
      "modelyard.fallbacks": trail.fallbacks,
      "modelyard.cache": trail.cache,
      "modelyard.stream": event.stream,
    },
  });
  if (trail.usage !== undefined) {
    span.setAttributes({
      "gen_ai.usage.input_tokens": trail.usage.prompt_tokens,
      "gen_ai.usage.output_tokens": trail.usage.completion_tokens,
    });
  }
  if (trail.costUsd !== undefined) span.setAttribute("modelyard.cost_usd", trail.costUsd);
  for (const attempt of trail.attempts) attemptSpan(tracer, span, attempt, event.operation);
  if (event.type === "request_failed") {
    span.setAttributes({ "error.type": event.error.kind });
    span.setStatus({ code: SpanStatusCode.ERROR, message: event.error.kind });
  }
  span.end(event.at);
}

/**
 * Traces in OpenTelemetry's GenAI conventions: one span per attempt under one per request. Prompts and answers are not
 * recorded.
 */
export function otelCallback(options: OtelOptions = {}): Callback {
  const provider =
    options.tracer === undefined
      ? new NodeTracerProvider({
          resource: resourceFromAttributes({ "service.name": options.serviceName ?? "modelyard" }),
          spanProcessors: [
            new BatchSpanProcessor(new OTLPTraceExporter(options.url === undefined ? {} : { url: options.url })),
          ],
        })
      : undefined;
  const tracer = options.tracer ?? provider?.getTracer("modelyard");
  return {
    name: "otel",
    events: ["request_succeeded", "request_failed"],
    on(event: RouterEvent) {
      if (tracer !== undefined && (event.type === "request_succeeded" || event.type === "request_failed"))
        requestSpan(tracer, event);
    },
    async flush() {
      await provider?.forceFlush();
    },
    async close() {
      await provider?.shutdown();
    },
  };
}
