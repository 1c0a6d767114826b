import type { JsonObject } from "@modelyard/core";
import { type AnswerOf, isJsonObject, operations } from "@modelyard/core/kit";
import { type Block, translateAnswer } from "@modelyard/wires";
import type { Endpoint } from "../endpoint.js";
import type { HttpExchange } from "../http-exchange.js";
import type { HttpOperation } from "../http-vendor.js";
import {
  type BridgeFacts,
  crossingOf,
  losesReasoning,
  lostPaths,
  rememberAnswer,
  rememberReasoning,
} from "./bridge-facts.js";
import { BridgedStream } from "./bridged-stream.js";
import { asFailure, failedReason } from "./failures.js";
import { withOwnId } from "./own-id.js";

export type BridgedOperation<Facts, Address extends Endpoint> = HttpOperation<Facts, Address> &
  Required<Pick<HttpOperation<Facts, Address>, "answer" | "parts" | "translates">>;

/** The vendor's operation, for one call from another wire whose request has been translated. Translates the answer. */
export function bridgedOperation<Facts, Address extends Endpoint>(
  native: HttpOperation<Facts, Address>,
  facts: BridgeFacts,
): BridgedOperation<Facts, Address> {
  return {
    write: (call, exchange, endpoint) => native.write(call, exchange, endpoint),
    answer(value, exchange) {
      const answered = native.answer === undefined ? value : (native.answer(value, exchange) as unknown as JsonObject);
      // Chats like LiteLLM's have all counts of the vendor themselves.
      if (facts.caller.likeLiteLLM !== true) exchange.usage = reportedUsage(answered, facts);
      reportDropped(exchange, facts);
      const failure = failedReason(answered, facts, exchange, () => !operations[facts.to].empty(answered));
      if (failure !== undefined) throw failure;
      try {
        let blocks: readonly Block[] = [];
        const whole = withOwnId(answered, exchange.now());
        const { value: answer, losses } = translateAnswer(crossingOf(facts, exchange), whole, ({ choices }) => {
          blocks = choices[0]?.blocks ?? [];
        });
        const lost = lostPaths(losses);
        if (lost.length > 0) exchange.dropped = [...(exchange.dropped ?? []), ...lost];
        if (losesReasoning(facts)) rememberReasoning(facts, blocks);
        rememberAnswer(facts, answer);
        return answer as unknown as AnswerOf;
      } catch (thrown) {
        throw asFailure(thrown, exchange);
      }
    },
    parts(exchange) {
      const parts = native.parts?.(exchange) ?? noParts();
      reportDropped(exchange, facts);
      return new BridgedStream(parts, facts, exchange);
    },
    translates: true,
  };
}

/** What the vendor reported, as the same answer has it for callers of the vendor's own wire. So the call costs the same. */
function reportedUsage(answer: JsonObject, { to }: BridgeFacts): JsonObject {
  const usage = operations[to].reads.usage(answer);
  return isJsonObject(usage) ? usage : nothing;
}

const nothing: JsonObject = {};

async function* noParts(): AsyncGenerator<never> {}

/** Reports what the translation dropped, before what the vendor's code dropped. */
function reportDropped(exchange: HttpExchange<never> | HttpExchange<unknown>, { dropped }: BridgeFacts): void {
  if (dropped.length > 0) exchange.dropped = [...dropped, ...(exchange.dropped ?? [])];
}
