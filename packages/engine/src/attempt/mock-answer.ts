import {
  createProviderError,
  type ErrorKind,
  errorKinds,
  type MockFacts,
  type ProviderAnswer,
  type ProviderResult,
  type ProviderStream,
  type StreamPart,
} from "@modelyard/core";
import type { Call } from "../call/call.js";

function factsOf(call: Call, model: string, text: string): MockFacts {
  const promptTokens = call.inputTokens;
  const completionTokens = Math.ceil(text.length / 4);
  return {
    id: `mock-${call.trail.callId}`,
    created: Math.floor(call.now / 1000),
    model,
    text,
    request: call.request,
    usage: {
      prompt_tokens: promptTokens,
      completion_tokens: completionTokens,
      total_tokens: promptTokens + completionTokens,
    },
  };
}

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
  const { mock } = call.row;
  if (!call.stream) return { kind: "answer", value: mock.answer(facts) as unknown as ProviderAnswer["value"] };
  const part = (piece: string | undefined): StreamPart => {
    const said = piece !== undefined;
    const { id, created } = facts;
    const usage = said ? undefined : facts.usage;
    const event = mock.event?.({ id, created, model, text: piece, usage, finishReason: said ? undefined : "stop" });
    return {
      chunks: [event] as unknown as StreamPart["chunks"],
      bytes: undefined,
      content: said,
      finished: said ? 0 : 1,
      done: !said,
      usage,
    };
  };
  async function* parts(): AsyncGenerator<StreamPart> {
    yield part(text);
    yield part(undefined);
  }
  return { kind: "stream", parts: parts() } satisfies ProviderStream;
}
