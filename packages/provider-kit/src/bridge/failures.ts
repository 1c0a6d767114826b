import { type JsonObject, type ProviderError, RouterError } from "@modelyard/core";
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
 * The failure that a finish reason means, in the vendor's own words: after the translation it could not be recognized.
 * @param value - an answer or an event of the vendor
 * @param isUsable - whether there is content, without which an unknown finish reason is a failure
 * @returns `undefined`: it is not a failure, or it has no finish reason
 */
export function failedReason(
  value: JsonObject,
  { to, finishReasons, engineJudges = false }: Pick<BridgeFacts, "to" | "finishReasons" | "engineJudges">,
  exchange: AnyExchange,
  isUsable: () => boolean,
): ProviderError | undefined {
  if (engineJudges) return undefined;
  const { reads, finishReasons: known } = operations[to];
  for (const choice of reads.choices(value) ?? []) {
    const reason = reads.finishReason(choice) ?? "";
    const meaning = reason === "" ? undefined : finishMeaning(reason, known, finishReasons);
    const kind = isFailure(meaning) ? meaning : meaning === undefined && !isUsable() ? "invalid_response" : undefined;
    if (reason === "" || kind === undefined) continue;
    const written = JSON.stringify(reason.slice(0, 100));
    const { provider } = exchange.deployment;
    return exchange.fault(kind, `${provider} ended its answer with the finish reason ${written}.`);
  }
  return undefined;
}
