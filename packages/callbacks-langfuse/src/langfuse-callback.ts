import { LangfuseSpanProcessor } from "@langfuse/otel";
import { LangfuseOtelSpanAttributes as Attribute } from "@langfuse/tracing";
import {
  type Callback,
  type EventOf,
  invalidOption,
  type JsonObject,
  type RouterEvent,
  type RouterEventType,
  Secret,
} from "@modelyard/core";
import { SpanStatusCode, type Tracer } from "@opentelemetry/api";
import { NodeTracerProvider } from "@opentelemetry/sdk-trace-node";

export interface LangfuseOptions {
  readonly publicKey: string | Secret;
  readonly secretKey: string | Secret;
  /** @defaultValue Langfuse's cloud */
  readonly baseUrl?: string;
  /** Which calls are sent. @defaultValue both */
  readonly on?: readonly ("success" | "failure")[];
  /** Whether prompts and answers are left out. @defaultValue false */
  readonly redact?: boolean;
}

type Ended = EventOf<"request_succeeded" | "request_failed">;

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** Settings of the model that a request made; prompts are none. */
function modelParameters(request: JsonObject | undefined): string {
  const {
    model: _model,
    messages: _messages,
    prompt: _prompt,
    input: _input,
    tools: _tools,
    ...parameters
  } = request ?? {};
  return JSON.stringify(parameters);
}

function send(tracer: Tracer, event: Ended, redact: boolean): void {
  const { trail, metadata, payload } = event;
  const span = tracer.startSpan(`litellm-${event.operation}`, { startTime: event.at - event.durationMs });
  const set = (key: string, value: string | undefined): void => {
    if (value !== undefined) span.setAttribute(key, value);
  };
  set(Attribute.OBSERVATION_TYPE, "generation");
  set(Attribute.TRACE_NAME, text(metadata["trace_name"]) ?? `litellm-${event.operation}`);
  set(Attribute.TRACE_USER_ID, text(metadata["trace_user_id"]) ?? text(metadata["user_id"]));
  set(Attribute.TRACE_SESSION_ID, text(metadata["session_id"]));
  set(Attribute.OBSERVATION_MODEL, trail.attempts.at(-1)?.model ?? trail.modelGroup);
  set(Attribute.OBSERVATION_MODEL_PARAMETERS, modelParameters(payload?.request));
  const routing = {
    call_id: trail.callId,
    model_group: trail.modelGroup,
    model_id: trail.deploymentId,
    retries: trail.retries,
    fallbacks: trail.fallbacks,
    cache: trail.cache,
  };
  set(Attribute.OBSERVATION_METADATA, JSON.stringify(routing));
  if (event.tags.length > 0) span.setAttribute(Attribute.TRACE_TAGS, [...event.tags]);
  if (!redact && payload !== undefined) {
    const input = payload.request["messages"] ?? payload.request["prompt"] ?? payload.request["input"];
    set(Attribute.OBSERVATION_INPUT, JSON.stringify(input));
    set(Attribute.TRACE_INPUT, JSON.stringify(input));
    if (payload.answer !== undefined) {
      set(Attribute.OBSERVATION_OUTPUT, JSON.stringify(payload.answer));
      set(Attribute.TRACE_OUTPUT, JSON.stringify(payload.answer));
    }
  }
  if (trail.usage !== undefined) {
    const { prompt_tokens: input, completion_tokens: output, total_tokens: total } = trail.usage;
    set(Attribute.OBSERVATION_USAGE_DETAILS, JSON.stringify({ input, output, total }));
  }
  if (trail.costUsd !== undefined) set(Attribute.OBSERVATION_COST_DETAILS, JSON.stringify({ total: trail.costUsd }));
  if (event.type === "request_failed") {
    set(Attribute.OBSERVATION_LEVEL, "ERROR");
    set(Attribute.OBSERVATION_STATUS_MESSAGE, event.error.message);
    span.setStatus({ code: SpanStatusCode.ERROR, message: event.error.kind });
  }
  span.end(event.at);
}

/** One generation per request, through Langfuse's own span processor. @throws `invalid_option` without keys */
export function langfuseCallback(options: LangfuseOptions): Callback {
  const { on = ["success", "failure"], redact = false, baseUrl } = options;
  const publicKey = Secret.of(options.publicKey).reveal();
  const secretKey = Secret.of(options.secretKey).reveal();
  if (publicKey === "" || secretKey === "")
    throw invalidOption("langfuse", "a key is empty.", "Set LANGFUSE_PUBLIC_KEY and LANGFUSE_SECRET_KEY.");
  const processor = new LangfuseSpanProcessor({
    publicKey,
    secretKey,
    ...(baseUrl === undefined ? {} : { baseUrl }),
    shouldExportSpan: () => true,
  });
  const provider = new NodeTracerProvider({ spanProcessors: [processor] });
  const tracer = provider.getTracer("modelyard");
  const events: RouterEventType[] = [];
  if (on.includes("success")) events.push("request_succeeded");
  if (on.includes("failure")) events.push("request_failed");
  return {
    name: "langfuse",
    events,
    payload: true,
    on(event: RouterEvent) {
      if (event.type === "request_succeeded" || event.type === "request_failed") send(tracer, event, redact);
    },
    async flush() {
      await processor.forceFlush();
    },
    async close() {
      await provider.shutdown();
    },
  };
}
