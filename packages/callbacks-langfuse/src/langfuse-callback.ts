import { LANGFUSE_SDK_VERSION } from "@langfuse/core";
import { LangfuseSpanProcessor } from "@langfuse/otel";
import { type Callback, type RouterEvent, type RouterEventType, Secret } from "@modelyard/core";
import { BoundedExporter, invalidOption } from "@modelyard/core/kit";
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
import { NodeTracerProvider, type SpanExporter } from "@opentelemetry/sdk-trace-node";
import { attributesOf, type Ended, text } from "./generation.js";
import { traceIdFor, TraceIds } from "./trace-ids.js";

export interface LangfuseOptions {
  readonly publicKey: string | Secret;
  readonly secretKey: string | Secret;
  /** @defaultValue `https://cloud.langfuse.com` */
  readonly baseUrl?: string | undefined;
  /**
   * The outcomes whose requests are sent.
   * @defaultValue both
   */
  readonly on?: readonly ("success" | "failure")[];
  /**
   * Whether prompts, answers, model parameters and callers' metadata are omitted.
   * @defaultValue false
   */
  readonly redact?: boolean;
  /**
   * The environment shown in Langfuse, for example `production`.
   * @defaultValue none
   */
  readonly environment?: string | undefined;
  /**
   * The release shown in Langfuse, for example the version of your application.
   * @defaultValue none
   */
  readonly release?: string | undefined;
  /**
   * The longest duration of one export, including retries. Milliseconds, above 0.
   * @defaultValue 5_000
   */
  readonly timeoutMs?: number;
}

/** Unknown options are errors: a misspelled `redact` would send prompts. */
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

/** Limit for generations that wait to be sent: the queue size of Langfuse's own processor. */
const maxGenerations = 2_048;
/** Limit for the characters of all generations that wait to be sent. */
const maxCharacters = 64 * 1024 * 1024;

/** The parts that sending a generation needs. */
interface Sender {
  readonly tracer: Tracer;
  readonly ids: TraceIds;
  /** Accounts for the generations that wait to be sent. */
  readonly waiting: { hasRoom(items: number, characters: number): boolean; add(id: string, characters: number): void };
  readonly redact: boolean;
}

/**
 * The length of a generation in characters. The name and the metadata count too, because callers decide their length.
 */
function lengthOf(name: string, attributes: Attributes): number {
  return Object.values(attributes).reduce<number>((sum, value) => sum + String(value).length, name.length);
}

function send({ tracer, ids, waiting, redact }: Sender, event: Ended): void {
  const attributes = attributesOf(event, redact);
  const { metadata } = event;
  const name = text(metadata["generation_name"]) ?? `litellm-${event.operation}`;
  const length = lengthOf(name, attributes);
  if (!waiting.hasRoom(1, length)) return;
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
  // A span that is not sampled, since its parent is not, is never exported.
  const { spanId, traceFlags } = span.spanContext();
  if ((traceFlags & TraceFlags.SAMPLED) !== 0) waiting.add(spanId, length);
  span.end(event.at);
}

/**
 * Creates a callback that sends one generation per request to Langfuse, through Langfuse's own span processor. It uses
 * a separate tracer provider, so the program's OpenTelemetry setup is not affected. A request that its caller aborted
 * counts as a failure.
 * @throws `invalid_option`, also if a key is empty
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
  const otlp: SpanExporter = new OTLPTraceExporter({
    url: `${baseUrl.replace(/\/+$/u, "")}/api/public/otel/v1/traces`,
    headers: {
      Authorization: `Basic ${Buffer.from(`${publicKey}:${secretKey}`).toString("base64")}`,
      "x-langfuse-sdk-name": "javascript",
      "x-langfuse-sdk-version": LANGFUSE_SDK_VERSION,
      "x-langfuse-public-key": publicKey,
    },
    timeoutMillis: options.timeoutMs ?? defaultTimeoutMs,
  });
  const exporter = new BoundedExporter(otlp, {
    noun: "generations",
    idOf: (span) => span.spanContext().spanId,
    maxItems: maxGenerations,
    maxCharacters,
  });
  const processor = new LangfuseSpanProcessor({
    publicKey,
    secretKey,
    baseUrl,
    exporter,
    shouldExportSpan: () => true,
    ...(options.environment === undefined ? {} : { environment: options.environment }),
    ...(options.release === undefined ? {} : { release: options.release }),
  });
  const ids = new TraceIds();
  const provider = new NodeTracerProvider({ spanProcessors: [processor], idGenerator: ids });
  const sender: Sender = { tracer: provider.getTracer("modelyard"), ids, waiting: exporter, redact };
  const events: RouterEventType[] = [];
  if (on.includes("success")) events.push("request_succeeded");
  if (on.includes("failure")) events.push("request_failed");
  return {
    name: "langfuse",
    events,
    payload: !redact,
    start(report) {
      exporter.report = report;
    },
    on(event: RouterEvent) {
      if (event.type === "request_succeeded" || event.type === "request_failed") send(sender, event);
    },
    async flush() {
      // The exporter has already reported the error.
      await processor.forceFlush().catch(() => undefined);
    },
    async close() {
      await provider.shutdown().catch(() => undefined);
    },
  };
}
