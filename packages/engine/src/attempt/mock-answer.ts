import {
  createError,
  createProviderError,
  type ErrorKind,
  errorKinds,
  type JsonObject,
  type OperationName,
  type ProviderAnswer,
  type ProviderResult,
  type ProviderStream,
  type StreamPart,
} from "@modelyard/core";
import type { Call } from "../call/call.js";
import { embeddingInputs } from "../call/embedding-inputs.js";

interface MockFacts {
  readonly id: string;
  readonly created: number;
  readonly model: string;
  readonly text: string;
  /** Texts that want an embedding. */
  readonly inputs: number;
  readonly inBase64: boolean;
  readonly usage: { readonly prompt_tokens: number; readonly completion_tokens: number; readonly total_tokens: number };
}

function factsOf(call: Call, model: string, text: string): MockFacts {
  const promptTokens = call.inputTokens;
  const completionTokens = Math.ceil(text.length / 4);
  return {
    id: `mock-${call.trail.callId}`,
    created: Math.floor(call.now / 1000),
    model,
    text,
    inputs: embeddingInputs(call)?.length ?? 1,
    inBase64: call.request["encoding_format"] === "base64",
    usage: {
      prompt_tokens: promptTokens,
      completion_tokens: completionTokens,
      total_tokens: promptTokens + completionTokens,
    },
  };
}

const answers: Readonly<Record<OperationName, (facts: MockFacts) => JsonObject>> = {
  chat: ({ id, created, model, text, usage }) => ({
    id,
    object: "chat.completion",
    created,
    model,
    choices: [
      { index: 0, message: { role: "assistant", content: text, refusal: null }, logprobs: null, finish_reason: "stop" },
    ],
    usage,
  }),
  text_completion: ({ id, created, model, text, usage }) => ({
    id,
    object: "text_completion",
    created,
    model,
    choices: [{ index: 0, text, finish_reason: "stop", logprobs: null }],
    usage,
  }),
  embeddings: ({ model, inputs, inBase64, usage }) => ({
    object: "list",
    model,
    data: Array.from({ length: inputs }, (_, index) => ({
      object: "embedding",
      index,
      embedding: inBase64 ? btoa("\0".repeat(12)) : [0, 0, 0],
    })),
    usage: { prompt_tokens: usage.prompt_tokens, total_tokens: usage.prompt_tokens },
  }),
};

const chunks: Readonly<Record<OperationName, (facts: MockFacts, text: string, last: boolean) => JsonObject>> = {
  chat: ({ id, created, model, usage }, text, last) => ({
    id,
    object: "chat.completion.chunk",
    created,
    model,
    choices: [
      { index: 0, delta: last ? {} : { role: "assistant", content: text }, finish_reason: last ? "stop" : null },
    ],
    ...(last ? { usage } : {}),
  }),
  text_completion: ({ id, created, model, usage }, text, last) => ({
    id,
    object: "text_completion",
    created,
    model,
    choices: [{ index: 0, text: last ? "" : text, finish_reason: last ? "stop" : null }],
    ...(last ? { usage } : {}),
  }),
  embeddings: () => {
    throw createError({ kind: "bad_request", message: "Embeddings cannot be streamed.", param: "stream" });
  },
};

const kindsByClass = new Map(
  Object.entries(errorKinds).map(([kind, { className }]) => [`litellm.${className}`, kind as ErrorKind]),
);

export interface Mock {
  readonly provider: string;
  readonly model: string;
  /** What is said; a failure where it names one as LiteLLM does: `litellm.RateLimitError`. */
  readonly text: string;
}

/** What a request's `mock_response` says to the group at hand: a failure is for the first one, the fallbacks are real. */
export function requestMock({ options, trail }: Call): string | undefined {
  const { mockResponse } = options;
  return mockResponse !== undefined && trail.fallbacks > 0 && kindsByClass.has(mockResponse) ? undefined : mockResponse;
}

/**
 * What `mock_response` answers, in the shape of the operation; nobody is called.
 * @throws the failure that it stands for
 */
export function mockAnswer(call: Call, { provider, model, text }: Mock): ProviderResult {
  const kind = kindsByClass.get(text);
  if (kind !== undefined)
    throw createProviderError({ kind, provider, message: `Simulated failure (${text}), requested by a mock.` });
  const facts = factsOf(call, model, text);
  if (!call.stream) return { kind: "answer", value: answers[call.operation](facts) as ProviderAnswer["value"] };
  const part = (last: boolean): StreamPart => ({
    chunks: [chunks[call.operation](facts, text, last)] as unknown as StreamPart["chunks"],
    bytes: undefined,
    content: !last,
    finished: last ? 1 : 0,
    done: last,
    usage: last ? facts.usage : undefined,
  });
  async function* parts(): AsyncGenerator<StreamPart> {
    yield part(false);
    yield part(true);
  }
  return { kind: "stream", parts: parts() } satisfies ProviderStream;
}
