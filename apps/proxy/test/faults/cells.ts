import type { Router } from "modelyard";
import { type ErrorKind, RouterError, type Trail } from "@modelyard/core";

export const operations = {
  chat: {
    path: "/v1/chat/completions",
    body: { messages: [{ role: "user", content: "hi" }], max_tokens: 1_000 },
    stream: false,
    shows: true,
    call: (router: Router, request: never) => router.completion(request),
  },
  "streamed chat": {
    path: "/v1/chat/completions",
    body: { messages: [{ role: "user", content: "hi" }], max_tokens: 1_000, stream: true },
    stream: true,
    shows: true,
    call: (router: Router, request: never) => router.completion(request),
  },
  completions: {
    path: "/v1/completions",
    body: { prompt: "hi", max_tokens: 1_000 },
    stream: false,
    shows: true,
    call: (router: Router, request: never) => router.textCompletion(request),
  },
  embeddings: {
    path: "/v1/embeddings",
    body: { input: "hi" },
    stream: false,
    shows: false,
    call: (router: Router, request: never) => router.embedding(request),
  },
} as const;
export type OperationTitle = keyof typeof operations;

/** What a caller received. */
export interface Got {
  readonly status: number;
  /** `good`, the kind of the error, or `undefined` if only HTTP is visible. */
  readonly kind: ErrorKind | "good" | undefined;
  /** The type of the error; not checked over HTTP. */
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
  /** Everything that the caller can see, as text. */
  readonly everything: string;
}

export type Ask = (operation: OperationTitle, model: string, retries: number) => Promise<Got>;

function shownIn(text: string): boolean {
  return /"(?:content|text)":"[^"]/u.test(text);
}

function routed(trail: Trail | undefined): Pick<Got, "deploymentId" | "retries" | "fallbacks"> {
  return { deploymentId: trail?.deploymentId, retries: trail?.retries ?? 0, fallbacks: trail?.fallbacks ?? 0 };
}

/** Calls a router in this process. */
export function byLibrary(router: Router): Ask {
  return async (operation, model, retries) => {
    const { body, stream, call } = operations[operation];
    const request = { model, num_retries: retries, ...body } as never;
    const startedAt = performance.now();
    let received = "";
    try {
      const answer: unknown = await call(router, request);
      if (stream) for await (const chunk of answer as AsyncIterable<unknown>) received += JSON.stringify(chunk);
      else received = JSON.stringify(answer);
      const { routing } = answer as { readonly routing: Trail };
      const common = { status: 200, kind: "good", type: undefined, message: "", shown: shownIn(received) } as const;
      const elapsedMs = performance.now() - startedAt;
      return { ...common, finished: true, retryAfterMs: undefined, ...routed(routing), elapsedMs, everything: "" };
    } catch (error) {
      if (!RouterError.isInstance(error)) throw error;
      return {
        status: error.status,
        kind: error.kind,
        type: error.type,
        message: error.message,
        shown: shownIn(received),
        finished: false,
        retryAfterMs: error.retryAfterMs,
        ...routed(error.trail),
        elapsedMs: performance.now() - startedAt,
        everything: JSON.stringify([error, error.message, error.stack, String(error.cause), error.trail]),
      };
    }
  };
}

/** Calls a proxy over HTTP. */
export function byProxy(origin: string): Ask {
  return async (operation, model, retries) => {
    const { path, body, stream } = operations[operation];
    const startedAt = performance.now();
    const response = await fetch(origin + path, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ model, num_retries: retries, ...body }),
    });
    const text = await response.text();
    const header = (name: string): string | undefined => response.headers.get(name) ?? undefined;
    const good = response.status === 200;
    const last = text.trimEnd().split("\n\n").at(-1) ?? "";
    const finished = good && (!stream || last === "data: [DONE]");
    const failed = finished
      ? undefined
      : (JSON.parse(last.replace(/^data: /u, "")) as {
          readonly error: { readonly message: string };
        });
    const wait = header("retry-after");
    return {
      status: response.status,
      kind: finished ? "good" : undefined,
      type: undefined,
      message: failed?.error.message ?? "",
      shown: shownIn(text),
      finished,
      retryAfterMs: wait === undefined ? undefined : Number(wait) * 1_000,
      deploymentId: header("x-litellm-model-id"),
      retries: Number(header("x-litellm-attempted-retries")),
      fallbacks: Number(header("x-litellm-attempted-fallbacks")),
      elapsedMs: performance.now() - startedAt,
      everything: `${text}${JSON.stringify([...response.headers])}`,
    };
  };
}
