import { type ErrorKind, errorKinds, type Provider, type ProviderResult } from "@modelyard/core";
import {
  createProviderError,
  type MockEvent,
  type MockFacts,
  type ProviderAnswer,
  type StreamPart,
} from "@modelyard/core/kit";
import type { Call } from "../call/call.js";
import type { DeploymentRuntime } from "../plan/deployment-runtime.js";

const kindsByClass = new Map(
  Object.entries(errorKinds).map(([kind, { className }]) => [`litellm.${className}`, kind as ErrorKind]),
);

/**
 * The request's `mock_response`, as it applies to the current group: simulated failures apply only to the first group.
 */
function requestMock({ options, trail }: Call): string | undefined {
  const { mockResponse } = options;
  return mockResponse !== undefined && trail.fallbacks > 0 && kindsByClass.has(mockResponse) ? undefined : mockResponse;
}

/**
 * Returns a provider that answers with the `mock_response` of the request or the deployment, without calling a vendor.
 * Class names such as `litellm.RateLimitError` simulate failures.
 */
export function mockedProvider(call: Call, runtime: DeploymentRuntime): Provider {
  const asked = requestMock(call);
  const text = asked ?? runtime.deployment.mockResponse;
  if (text === undefined) return runtime.provider;
  const { provider: name } = runtime.deployment;
  const kind = kindsByClass.get(text);
  return {
    name,
    specVersion: 1,
    operations: [call.operation],
    call: async (_operation, { model, stream }): Promise<ProviderResult> => {
      if (kind !== undefined) {
        const message = `Simulated failure (${text}), requested by a mock.`;
        throw createProviderError({ kind, provider: name, message });
      }
      const facts = factsOf(call, model, text);
      if (stream) return { kind: "stream", parts: partsOf(call, facts) };
      return { kind: "answer", value: call.row.mock.answer(facts) as unknown as ProviderAnswer["value"] };
    },
  };
}

/** Whether the request itself asks for a mock, in which case the deployment does not count as called. */
export function isMockedByRequest(call: Call): boolean {
  return requestMock(call) !== undefined;
}

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

async function* partsOf({ row }: Call, { id, created, model, text, usage }: MockFacts): AsyncGenerator<StreamPart> {
  const eventsOf = (step: Pick<MockEvent, "index" | "text" | "usage">): StreamPart["chunks"] =>
    (row.mock.events?.({ id, created, model, textSoFar: text, ...step }) ?? []) as unknown as StreamPart["chunks"];
  const begun = { content: true, finished: 0, done: false, usage: undefined };
  yield { chunks: eventsOf({ index: 0, text }), bytes: undefined, ...begun };
  yield { chunks: eventsOf({ index: 1, usage }), bytes: undefined, content: false, finished: 1, done: true, usage };
}
