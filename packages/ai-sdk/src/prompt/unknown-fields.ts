import type { HubRequest, Loss, WireName } from "@modelyard/wires";

type Facts = (request: HubRequest) => Readonly<Record<string, unknown>>;

/** What other APIs have no place for. */
const ofResponses: Facts = ({ state, context, limits, caching }) => ({
  previous_response_id: state.previousResponseId,
  conversation: state.conversation,
  truncation: context.truncation,
  max_tool_calls: limits.maxToolCalls,
  prompt_cache_retention: caching.retention,
});
const ofMessages: Facts = ({ caching, service }) => ({ cache_control: caching.auto, speed: service.speed });
const ofOpenai: Facts = ({ sampling, output, caching }) => ({
  frequency_penalty: sampling.frequencyPenalty,
  presence_penalty: sampling.presencePenalty,
  seed: sampling.seed,
  logit_bias: sampling.logitBias,
  top_logprobs: sampling.topLogprobs ?? sampling.logprobs,
  verbosity: output.verbosity,
  prediction: output.prediction,
  prompt_cache_key: caching.key,
});

const unknown: Readonly<Record<WireName, readonly Facts[]>> = {
  responses: [ofMessages],
  chat: [ofMessages, ofResponses],
  messages: [ofOpenai, ofResponses],
};

/** Fields without which an answer would be another one. */
const needed: ReadonlySet<string> = new Set(["conversation", "previous_response_id"]);

/**
 * Fields of a call that a wire has no place for. Writers only report those of other wires, since no request of a wire has
 * them, but a call of the SDK may have all of them.
 */
export function unknownFields(wire: WireName, request: HubRequest): readonly Loss[] {
  const fields = unknown[wire].flatMap((facts) => Object.entries(facts(request)));
  return fields
    .filter(([, value]) => value !== undefined)
    .map(([path]) => ({
      path,
      kind: needed.has(path) ? "refused" : "dropped",
      why: "The API that carries the rest of the call has no place for it.",
    }));
}
