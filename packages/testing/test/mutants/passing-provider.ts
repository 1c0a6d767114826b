import type { JsonObject, OperationName, Provider, ProviderCall, Usage } from "@modelyard/core";
import { createProviderError, isJsonObject, operations, type StreamPart } from "@modelyard/core/kit";

/** What a provider does with answers and events that it passes on. A mutant replaces one of these. */
export interface Passing {
  /** The body of an answer. */
  answerOf(value: JsonObject): JsonObject;
  /** The events that reach the caller. */
  passesOn(event: JsonObject): boolean;
  /** Whether an event is a failure. */
  failed(event: JsonObject, operation: OperationName): boolean;
  contentLength(event: JsonObject, operation: OperationName): number;
  /** The number of finish reasons in an event. */
  finished(event: JsonObject, operation: OperationName): number;
  /** Whether an event is the end mark. */
  ends(event: JsonObject): boolean;
  usage(event: JsonObject, operation: OperationName, earlier: Usage | undefined): Usage | undefined;
  /** How the bytes of a stream are decoded. */
  decoder(): (bytes: Uint8Array) => string;
  /** What something that the vendor does not store does. */
  missing(): unknown;
  /** Whether what is stored is still requested after the call was cancelled. */
  readonly ignoresCancellation: boolean;
  /** What an end of the stream before its end mark does. */
  cutShort(): void;
}

const endMarks: ReadonlySet<unknown> = new Set(["message_stop", "response.completed", "response.incomplete"]);

export const rightPassing: Passing = {
  answerOf: (value) => value,
  passesOn: () => true,
  failed: (event, operation) => !operations[operation].reads.isEvent(event),
  contentLength: (event, operation) => operations[operation].reads.contentLength(event),
  finished: (event, operation) => {
    const { reads } = operations[operation];
    return (reads.choices(event) ?? []).filter((choice) => reads.finishReason(choice) !== undefined).length;
  },
  ends: ({ type }) => endMarks.has(type),
  usage: (event, operation, earlier) => operations[operation].reads.usage(event, earlier) as Usage | undefined,
  decoder: () => {
    const decoder = new TextDecoder();
    return (bytes) => decoder.decode(bytes, { stream: true });
  },
  missing: () => {
    throw createProviderError({ kind: "not_found", provider: "passing", message: "It is not stored." });
  },
  ignoresCancellation: false,
  cutShort: () => undefined,
};

function failure(message: string): Error {
  return createProviderError({ kind: "internal_server", provider: "passing", message });
}

/** A minimal provider for Messages and Responses, which passes on what its vendor sends. */
export function passingProvider(own: Partial<Passing>): Provider {
  const passing = { ...rightPassing, ...own };
  return {
    name: "passing",
    specVersion: 1,
    operations: ["messages", "responses"],
    async resource(operation, { deployment, path, cancellation, method }) {
      if (!passing.ignoresCancellation) cancellation.throwIfCancelled();
      const url = `${deployment.connection.baseUrl ?? ""}${operations[operation].path}${path}`;
      const response = await fetch(url, { method });
      const value: unknown = response.status === 404 ? passing.missing() : await response.json();
      return { value: value as JsonObject };
    },
    async call(operation, call) {
      const { path } = operations[operation];
      const body = JSON.stringify({ ...call.request, model: call.model });
      const response = await sent(`${call.deployment.connection.baseUrl ?? ""}${path}`, body, call);
      if (call.stream) return { kind: "stream", parts: partsOf(response, operation, passing) };
      const value = await wholeOf(response);
      const fault = operations[operation].fault(value);
      if (fault !== undefined) throw failure(fault);
      return { kind: "answer", value: passing.answerOf(value) as never };
    },
  };
}

async function sent(url: string, body: string, { cancellation }: ProviderCall): Promise<Response> {
  const response = await fetch(url, { method: "POST", body, signal: cancellation.signal });
  if (!response.ok) throw failure(String(response.status));
  return response;
}

async function wholeOf(response: Response): Promise<JsonObject> {
  try {
    return (await response.json()) as JsonObject;
  } catch {
    throw failure("no JSON");
  }
}

async function* partsOf(response: Response, operation: OperationName, passing: Passing): AsyncGenerator<StreamPart> {
  let earlier: Usage | undefined;
  for await (const event of eventsOf(response, passing)) {
    if (passing.failed(event, operation)) throw failure(JSON.stringify(event));
    const usage = passing.usage(event, operation, earlier);
    earlier = usage ?? earlier;
    const length = passing.contentLength(event, operation);
    const done = passing.ends(event);
    yield {
      chunks: (passing.passesOn(event) ? [event] : []) as never,
      bytes: undefined,
      content: length > 0,
      contentLength: length,
      finished: passing.finished(event, operation),
      done,
      usage,
    };
    if (done) return;
  }
  passing.cutShort();
}

async function* eventsOf(response: Response, passing: Passing): AsyncGenerator<JsonObject> {
  const decode = passing.decoder();
  let rest = "";
  try {
    for await (const bytes of response.body!) {
      const texts = (rest + decode(bytes)).replaceAll("\r\n", "\n").split("\n\n");
      rest = texts.pop() ?? "";
      for (const text of texts) {
        const data = /^data: (?<json>.*)$/mu.exec(text)?.groups?.["json"];
        const event: unknown = data === undefined ? undefined : JSON.parse(data);
        if (isJsonObject(event)) yield event;
      }
    }
  } catch (thrown) {
    throw thrown instanceof Error && "source" in thrown ? thrown : failure(String(thrown));
  }
}
