import { LANGFUSE_SDK_VERSION } from "@langfuse/core";
import { LangfuseSpanProcessor } from "@langfuse/otel";
import { type Callback, invalidOption, type RouterEvent, type RouterEventType, Secret } from "@modelyard/core";
import * as rules from "@modelyard/core/options";
import {
  type Attributes,
  context,
  ROOT_CONTEXT,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Tracer,
} from "@opentelemetry/api";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { NodeTracerProvider } from "@opentelemetry/sdk-trace-node";
import { attributesOf, type Ended, text } from "./generation.js";
import { Outbox } from "./outbox.js";
import { traceIdFor, TraceIds } from "./trace-ids.js";

export interface LangfuseOptions {
  readonly publicKey: string | Secret;
  readonly secretKey: string | Secret;
  /** @defaultValue `https://cloud.langfuse.com` */
  readonly baseUrl?: string | undefined;
  /** Which requests are sent. @defaultValue both */
  readonly on?: readonly ("success" | "failure")[];
  /** Whether prompts, answers, settings of the model and the callers' metadata are left out. @defaultValue false */
  readonly redact?: boolean;
  /** Langfuse's environment, e.g. `production`. @defaultValue none */
  readonly environment?: string | undefined;
  /** Langfuse's release, e.g. a version of yours. @defaultValue none */
  readonly release?: string | undefined;
  /** For one export. Above 0. @defaultValue 5_000 */
  readonly timeoutMs?: number;
}

/** A misspelt `redact` would send prompts. */
const ownOptions = rules.shape<LangfuseOptions>(
  {
    publicKey: rules.secret,
    secretKey: rules.secret,
    baseUrl: rules.text,
    on: rules.list(rules.choice(["success", "failure"])),
    redact: rules.flag,
    environment: rules.text,
    release: rules.text,
    timeoutMs: rules.positive,
  },
  { required: ["publicKey", "secretKey"] },
);

const defaultTimeoutMs = 5_000;

/** What a generation is made with. */
interface Sender {
  readonly tracer: Tracer;
  readonly ids: TraceIds;
  readonly outbox: Outbox;
  readonly redact: boolean;
}

/** Characters of a generation: callers decide how long its name and its metadata are, too. */
function lengthOf(name: string, attributes: Attributes): number {
  return Object.values(attributes).reduce<number>((sum, value) => sum + String(value).length, name.length);
}

function send({ tracer, ids, outbox, redact }: Sender, event: Ended): void {
  const attributes = attributesOf(event, redact);
  const { metadata } = event;
  const name = text(metadata["generation_name"]) ?? `litellm-${event.operation}`;
  const length = lengthOf(name, attributes);
  if (!outbox.admits(length)) return;
  const traceName = text(metadata["existing_trace_id"]) ?? text(metadata["trace_id"]);
  const parent = text(metadata["parent_observation_id"]);
  const chosen = traceName === undefined ? undefined : traceIdFor(traceName);
  let within = context.active();
  if (chosen !== undefined && parent !== undefined && /^[0-9a-f]{16}$/u.test(parent)) {
    const remote = { traceId: chosen, spanId: parent, traceFlags: TraceFlags.SAMPLED, isRemote: true };
    within = trace.setSpanContext(ROOT_CONTEXT, remote);
  } else if (chosen !== undefined) {
    ids.next = chosen;
    within = ROOT_CONTEXT;
  }
  const span = tracer.startSpan(name, { startTime: event.at - event.durationMs, attributes }, within);
  if (event.type === "request_failed") span.setStatus({ code: SpanStatusCode.ERROR, message: event.error.kind });
  outbox.take(span.spanContext().spanId, length);
  span.end(event.at);
}

/**
 * One generation per request, through Langfuse's own span processor, on a tracer provider of its own: the program's
 * OpenTelemetry is not touched. A request that its caller aborted counts as a failure.
 * @throws `invalid_option`, also without keys
 */
export function langfuseCallback(options: LangfuseOptions): Callback {
  rules.checkOptions(options, ownOptions, "langfuse");
  const { on = ["success", "failure"], redact = false, baseUrl = "https://cloud.langfuse.com" } = options;
  const publicKey = Secret.of(options.publicKey).reveal();
  const secretKey = Secret.of(options.secretKey).reveal();
  if (publicKey === "" || secretKey === "")
    throw invalidOption("langfuse", "both keys are required.", "Set LANGFUSE_PUBLIC_KEY and LANGFUSE_SECRET_KEY.");
  if (!URL.canParse(baseUrl))
    throw invalidOption(
      "langfuse.baseUrl",
      "it is not a valid URL.",
      "Set LANGFUSE_HOST, e.g. to https://cloud.langfuse.com.",
    );
  const outbox = new Outbox(
    new OTLPTraceExporter({
      url: `${baseUrl.replace(/\/+$/u, "")}/api/public/otel/v1/traces`,
      headers: {
        Authorization: `Basic ${Buffer.from(`${publicKey}:${secretKey}`).toString("base64")}`,
        "x-langfuse-sdk-name": "javascript",
        "x-langfuse-sdk-version": LANGFUSE_SDK_VERSION,
        "x-langfuse-public-key": publicKey,
      },
      timeoutMillis: options.timeoutMs ?? defaultTimeoutMs,
    }),
  );
  const processor = new LangfuseSpanProcessor({
    publicKey,
    secretKey,
    baseUrl,
    exporter: outbox,
    shouldExportSpan: () => true,
    ...(options.environment === undefined ? {} : { environment: options.environment }),
    ...(options.release === undefined ? {} : { release: options.release }),
  });
  const ids = new TraceIds();
  const provider = new NodeTracerProvider({ spanProcessors: [processor], idGenerator: ids });
  const sender: Sender = { tracer: provider.getTracer("modelyard"), ids, outbox, redact };
  const events: RouterEventType[] = [];
  if (on.includes("success")) events.push("request_succeeded");
  if (on.includes("failure")) events.push("request_failed");
  return {
    name: "langfuse",
    events,
    payload: !redact,
    start(report) {
      outbox.report = report;
    },
    on(event: RouterEvent) {
      if (event.type === "request_succeeded" || event.type === "request_failed") send(sender, event);
    },
    async flush() {
      // What could not be sent was reported by the outbox.
      await processor.forceFlush().catch(() => undefined);
    },
    async close() {
      await provider.shutdown().catch(() => undefined);
    },
  };
}
