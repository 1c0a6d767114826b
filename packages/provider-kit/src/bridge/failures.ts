import { type JsonObject, RouterError } from "@modelyard/core";
import { finishMeaning, isFailure, operations } from "@modelyard/core/kit";
import type { HttpExchange } from "../http-exchange.js";
import type { BridgeFacts } from "./bridge-facts.js";

type AnyExchange = HttpExchange<never> | HttpExchange<unknown>;

/** An exception from a translation as a failure of the vendor. One that is not an error of ours is a bug. */
export function asFailure(thrown: unknown, exchange: AnyExchange): unknown {
  if (!RouterError.isInstance(thrown) || thrown.source === "provider") return thrown;
  return exchange.fault(thrown.kind, thrown.reason);
}

/**
 * Looks for finish reasons that mean a failure, in the vendor's own words: after the translation they could not be
 * recognized.
 * @throws the failure
 */
export function checkReasons(
  values: readonly JsonObject[],
  { to, finishReasons }: Pick<BridgeFacts, "to" | "finishReasons">,
  exchange: AnyExchange,
): void {
  const { reads, finishReasons: known } = operations[to];
  for (const value of values)
    for (const choice of reads.choices(value) ?? []) {
      const reason = reads.finishReason(choice);
      const meaning = reason === undefined ? undefined : finishMeaning(reason, known, finishReasons);
      if (isFailure(meaning))
        throw exchange.fault(
          meaning,
          `${exchange.deployment.provider} ended its answer with the finish reason ${JSON.stringify(reason?.slice(0, 100))}.`,
        );
    }
}
