import { type Callback, type RouterEvent, type RouterEventType, Secret } from "@modelyard/core";
import { checkOptions, choice, list, map, numeric, part, secret, shape, text } from "@modelyard/core/options";
import type { Attributes, Tracer } from "@opentelemetry/api";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BatchSpanProcessor, NodeTracerProvider } from "@opentelemetry/sdk-trace-node";
import { Outbox } from "./outbox.js";
import { makeSpans, serverOf } from "./spans.js";

export interface OtelOptions {
  /** Where spans are made; then the other options but `on` say nothing. @defaultValue one of its own, which exports by OTLP over HTTP */
  readonly tracer?: Tracer | undefined;
  /** Where spans are sent, e.g. `http://localhost:4318/v1/traces`. @defaultValue what OTEL_EXPORTER_OTLP_ENDPOINT says */
  readonly url?: string | undefined;
  /** Sent with every export. @defaultValue what OTEL_EXPORTER_OTLP_HEADERS says */
  readonly headers?: Readonly<Record<string, string | Secret>> | undefined;
  /** @defaultValue `modelyard` */
  readonly serviceName?: string | undefined;
  /** Which requests are told of. @defaultValue both */
  readonly on?: readonly ("success" | "failure")[];
  /** Spans that may wait to be sent; further ones are dropped and reported. Whole, above 0. @defaultValue 2_048 */
  readonly maxQueueSize?: number;
}

const ownOptions = shape<OtelOptions>({
  tracer: part<Tracer>({ what: "a tracer", example: 'trace.getTracer("mine")', methods: ["startSpan"] }),
  url: text,
  headers: map(secret),
  serviceName: text,
  on: list(choice(["success", "failure"])),
  maxQueueSize: numeric({ least: 1, whole: true }),
});

const defaultQueueSize = 2_048;

interface Own {
  readonly provider: NodeTracerProvider;
  readonly outbox: Outbox;
}

/** A provider that nobody else sees: nothing is registered with OpenTelemetry's globals. */
function ownProvider({ url, headers = {}, serviceName, maxQueueSize = defaultQueueSize }: OtelOptions): Own {
  const shown = Object.entries(headers).map(([name, value]) => [name, Secret.of(value).reveal()] as const);
  const exporter = new OTLPTraceExporter({
    ...(url === undefined ? {} : { url }),
    ...(shown.length === 0 ? {} : { headers: Object.fromEntries(shown) }),
  });
  const outbox = new Outbox(exporter, maxQueueSize);
  const provider = new NodeTracerProvider({
    resource: resourceFromAttributes({ "service.name": serviceName ?? "modelyard" }),
    spanProcessors: [new BatchSpanProcessor(outbox, { maxQueueSize })],
  });
  return { provider, outbox };
}

/**
 * Traces in OpenTelemetry's GenAI conventions: one span per attempt under one per request. Prompts and answers are not
 * recorded. @throws `invalid_option`
 */
export function otelCallback(options: OtelOptions = {}): Callback {
  checkOptions(options, ownOptions, "otel");
  const { on = ["success", "failure"] } = options;
  const own = options.tracer === undefined ? ownProvider(options) : undefined;
  const tracer = options.tracer ?? (own as Own).provider.getTracer("modelyard");
  const servers = new Map<string, Attributes>();
  const server = (deploymentId: string): Attributes => servers.get(deploymentId) ?? {};
  const events: RouterEventType[] = ["attempt_started", "configuration_changed"];
  if (on.includes("success")) events.push("request_succeeded");
  if (on.includes("failure")) events.push("request_failed");
  return {
    name: "otel",
    events,
    start(report) {
      if (own !== undefined) own.outbox.report = report;
    },
    on(event: RouterEvent) {
      if (event.type === "attempt_started") {
        const { deployment } = event;
        if (!servers.has(deployment.id)) servers.set(deployment.id, serverOf(deployment));
      } else if (event.type === "configuration_changed") {
        for (const id of event.removed) servers.delete(id);
      } else if (event.type === "request_succeeded" || event.type === "request_failed") {
        if (own?.outbox.take(event.trail.attempts.length + 1) === false) return;
        makeSpans({ tracer, event, server });
      }
    },
    async flush() {
      // What could not be sent was reported by the outbox.
      await own?.provider.forceFlush().catch(() => undefined);
    },
    async close() {
      await own?.provider.shutdown().catch(() => undefined);
    },
  };
}
