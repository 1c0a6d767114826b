import type { Router } from "modelyard";
import { type ErrorKind, RouterError, type Trail } from "@modelyard/core";
import { chatReader, eventsIn, messagesReader, responsesReader } from "./caller-wires.js";

const turns = { messages: [{ role: "user", content: "hi" }], max_tokens: 1_000 };
const chat = {
  path: "/v1/chat/completions",
  shows: true,
  reader: chatReader,
  call: (router: Router, request: never) => router.completion(request),
} as const;
const messages = {
  path: "/v1/messages",
  shows: true,
  reader: messagesReader,
  call: (router: Router, request: never) => router.messages(request),
} as const;
const input = { input: "hi", max_output_tokens: 1_000 };
const responses = {
  path: "/v1/responses",
  shows: true,
  reader: responsesReader,
  call: (router: Router, request: never) => router.responses(request),
} as const;

export const operations = {
  chat: { ...chat, body: turns, stream: false },
  "streamed chat": { ...chat, body: { ...turns, stream: true }, stream: true },
  messages: { ...messages, body: turns, stream: false },
  "streamed messages": { ...messages, body: { ...turns, stream: true }, stream: true },
  responses: { ...responses, body: input, stream: false },
  "streamed responses": { ...responses, body: { ...input, stream: true }, stream: true },
  completions: {
    path: "/v1/completions",
    body: { prompt: "hi", max_tokens: 1_000 },
    stream: false,
    shows: true,
    reader: chatReader,
    call: (router: Router, request: never) => router.textCompletion(request),
  },
  embeddings: {
    path: "/v1/embeddings",
    body: { input: "hi" },
    stream: false,
    shows: false,
    reader: chatReader,
    call: (router: Router, request: never) => router.embedding(request),
  },
} as const;
export type OperationTitle = keyof typeof operations;

/** What a caller received. */
export interface Got {
  readonly status: number;
  /** `good`, the kind of the error, or `undefined` if only HTTP is visible. */
  readonly kind: ErrorKind | "good" | undefined;
  /** The type of the error. */
  readonly type: string | undefined;
  readonly message: string;
  /** Whether content of the stream arrived, before a failure or as a whole. */
  readonly shown: boolean;
  /** Whether a stream ended normally; for a plain call, whether there was an answer. */
  readonly finished: boolean;
  readonly retryAfterMs: number | undefined;
  readonly deploymentId: string | undefined;
  readonly retries: number;
  readonly fallbacks: number;
  readonly elapsedMs: number;
  /** What a client of the wire does not expect in a stream. */
  readonly oddities: readonly string[];
  /** Everything that the caller can see, as text. */
  readonly everything: string;
}

export type Ask = (operation: OperationTitle, model: string, retries: number) => Promise<Got>;

function routed(trail: Trail | undefined): Pick<Got, "deploymentId" | "retries" | "fallbacks"> {
  return { deploymentId: trail?.deploymentId, retries: trail?.retries ?? 0, fallbacks: trail?.fallbacks ?? 0 };
}

/** Calls a router in this process. */
export function byLibrary(router: Router): Ask {
  return async (operation, model, retries) => {
    const { body, stream, call, reader } = operations[operation];
    const request = { model, num_retries: retries, ...body } as never;
    const startedAt = performance.now();
    let received = "";
    try {
      const answer: unknown = await call(router, request);
      if (stream) for await (const chunk of answer as AsyncIterable<unknown>) received += JSON.stringify(chunk);
      else received = JSON.stringify(answer);
      const { routing } = answer as { readonly routing: Trail };
      const common = {
        status: 200,
        kind: "good",
        type: undefined,
        message: "",
        shown: reader.content.test(received),
      } as const;
      const elapsedMs = performance.now() - startedAt;
      const seen = { finished: true, retryAfterMs: undefined, oddities: [], everything: "" };
      return { ...common, ...seen, ...routed(routing), elapsedMs };
    } catch (error) {
      if (!RouterError.isInstance(error)) throw error;
      return {
        status: error.status,
        kind: error.kind,
        type: error.type,
        message: error.message,
        shown: reader.content.test(received),
        finished: false,
        retryAfterMs: error.retryAfterMs,
        ...routed(error.trail),
        elapsedMs: performance.now() - startedAt,
        oddities: [],
        everything: JSON.stringify([error, error.message, error.stack, String(error.cause), error.trail]),
      };
    }
  };
}

/** Calls a proxy over HTTP. */
export function byProxy(origin: string): Ask {
  return async (operation, model, retries) => {
    const { path, body, stream, reader } = operations[operation];
    const startedAt = performance.now();
    const response = await fetch(origin + path, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ model, num_retries: retries, ...body }),
    });
    const text = await response.text();
    const header = (name: string): string | undefined => response.headers.get(name) ?? undefined;
    const good = response.status === 200;
    const streamed = good && stream;
    const events = streamed ? eventsIn(text) : [];
    const last = streamed ? (events.at(-1) ?? {}) : (JSON.parse(text) as Readonly<Record<string, unknown>>);
    const finished = good && (!stream || text.endsWith("data: [DONE]\n\n") || reader.isEnd(last));
    const failed = finished ? undefined : reader.errorIn(last);
    const wait = header("retry-after");
    return {
      status: response.status,
      kind: finished ? "good" : undefined,
      type: failed === undefined ? undefined : String(failed["type"]),
      message: typeof failed?.["message"] === "string" ? failed["message"] : "",
      shown: reader.content.test(text),
      finished,
      retryAfterMs: wait === undefined ? undefined : Number(wait) * 1_000,
      deploymentId: header("x-litellm-model-id"),
      retries: Number(header("x-litellm-attempted-retries")),
      fallbacks: Number(header("x-litellm-attempted-fallbacks")),
      elapsedMs: performance.now() - startedAt,
      oddities: streamed ? reader.oddities(events, finished) : [],
      everything: `${text}${JSON.stringify([...response.headers])}`,
    };
  };
}
