import { type Callback, type RouterEvent, type RouterEventType, Secret } from "@modelyard/core";
import { BoundedExporter } from "@modelyard/core/kit";
import { checkOptions, choice, list, map, numeric, part, positive, secret, shape, text } from "@modelyard/core/options";
import { type Attributes, type Span, TraceFlags, type Tracer } from "@opentelemetry/api";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BatchSpanProcessor, NodeTracerProvider, type SpanExporter } from "@opentelemetry/sdk-trace-node";
import { makeSpans, serverOf } from "./spans.js";

export interface OtelOptions {
  /**
   * Your program's tracer. With it, all other options except `on` have no effect.
   * @defaultValue a tracer of a separate provider, which exports by OTLP over HTTP
   */
  readonly tracer?: Tracer | undefined;
  /**
   * The address that spans are sent to, for example `http://localhost:4318/v1/traces`.
   * @defaultValue derived from `OTEL_EXPORTER_OTLP_ENDPOINT`
   */
  readonly url?: string | undefined;
  /**
   * Headers of every export.
   * @defaultValue the headers in `OTEL_EXPORTER_OTLP_HEADERS`
   */
  readonly headers?: Readonly<Record<string, string | Secret>> | undefined;
  /** @defaultValue `modelyard` */
  readonly serviceName?: string | undefined;
  /**
   * The outcomes whose requests are traced.
   * @defaultValue both
   */
  readonly on?: readonly ("success" | "failure")[];
  /**
   * The most spans that may wait to be sent. Further ones are dropped and reported. A whole number, above 0.
   * @defaultValue 2_048
   */
  readonly maxQueueSize?: number;
  /**
   * The longest duration of one export, including retries. Milliseconds, above 0.
   * @defaultValue the time in `OTEL_EXPORTER_OTLP_TIMEOUT`, or 5_000, which is as long as a shutdown waits
   */
  readonly timeoutMs?: number;
}

const ownOptions = shape<OtelOptions>({
  tracer: part<Tracer>({ what: "a tracer", example: 'trace.getTracer("mine")', methods: ["startSpan"] }),
  url: text,
  headers: map(secret),
  serviceName: text,
  on: list(choice(["success", "failure"])),
  maxQueueSize: numeric({ least: 1, whole: true }),
  timeoutMs: positive,
});

const defaultQueueSize = 2_048;

/** `undefined`: the exporter reads it from the environment. Its own default of 10 s would keep a process from ending. */
function defaultTimeoutMs(): number | undefined {
  const { OTEL_EXPORTER_OTLP_TRACES_TIMEOUT: ofTraces, OTEL_EXPORTER_OTLP_TIMEOUT: ofAll } = process.env;
  return ofTraces === undefined && ofAll === undefined ? 5_000 : undefined;
}

/** A tracer provider of the callback, and its exporter. */
interface OwnProvider {
  readonly provider: NodeTracerProvider;
  readonly exporter: Pick<BoundedExporter<unknown, never>, "add" | "hasRoom" | "report">;
}

/** Creates a provider without registering it with OpenTelemetry's globals. */
function ownProvider(options: OtelOptions): OwnProvider {
  const { url, headers = {}, serviceName, maxQueueSize = defaultQueueSize, timeoutMs = defaultTimeoutMs() } = options;
  const shown = Object.entries(headers).map(([name, value]) => [name, Secret.of(value).reveal()] as const);
  const otlp: SpanExporter = new OTLPTraceExporter({
    ...(url === undefined ? {} : { url }),
    ...(shown.length === 0 ? {} : { headers: Object.fromEntries(shown) }),
    ...(timeoutMs === undefined ? {} : { timeoutMillis: timeoutMs }),
  });
  const exporter = new BoundedExporter(otlp, {
    noun: "spans",
    idOf: (span) => span.spanContext().spanId,
    maxItems: maxQueueSize,
  });
  const provider = new NodeTracerProvider({
    resource: resourceFromAttributes({ "service.name": serviceName ?? "modelyard" }),
    spanProcessors: [new BatchSpanProcessor(exporter, { maxQueueSize })],
  });
  return { provider, exporter };
}

/**
 * Creates a callback that traces requests by OpenTelemetry's GenAI conventions: one span per request, with one child
 * span per attempt. Prompts and answers are not recorded.
 * @throws `invalid_option`
 */
export function otelCallback(options: OtelOptions = {}): Callback {
  checkOptions(options, ownOptions, "otel");
  const { on = ["success", "failure"] } = options;
  const own = options.tracer === undefined ? ownProvider(options) : undefined;
  const tracer = options.tracer ?? (own as OwnProvider).provider.getTracer("modelyard");
  /** Counts a span that will be exported, which a span that is not sampled never is. */
  const count = (span: Span): void => {
    const { spanId, traceFlags } = span.spanContext();
    if ((traceFlags & TraceFlags.SAMPLED) !== 0) own?.exporter.add(spanId);
  };
  const servers = new Map<string, Attributes>();
  const server = (deploymentId: string): Attributes => servers.get(deploymentId) ?? {};
  const events: RouterEventType[] = ["attempt_started", "configuration_changed"];
  if (on.includes("success")) events.push("request_succeeded");
  if (on.includes("failure")) events.push("request_failed");
  return {
    name: "otel",
    events,
    start(report) {
      if (own !== undefined) own.exporter.report = report;
    },
    on(event: RouterEvent) {
      if (event.type === "attempt_started") {
        const { deployment } = event;
        if (!servers.has(deployment.id)) servers.set(deployment.id, serverOf(deployment));
      } else if (event.type === "configuration_changed") {
        for (const id of event.removed) servers.delete(id);
      } else if (event.type === "request_succeeded" || event.type === "request_failed") {
        if (own?.exporter.hasRoom(event.trail.attempts.length + 1) === false) return;
        makeSpans({ tracer, event, server, beforeEnd: count });
      }
    },
    async flush() {
      // The exporter has already reported the error.
      await own?.provider.forceFlush().catch(() => undefined);
    },
    async close() {
      await own?.provider.shutdown().catch(() => undefined);
    },
  };
}
