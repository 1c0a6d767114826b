import type { Candidate, NonEmpty, PickContext } from "@modelyard/core";
import { modeOf } from "./latency-mode.js";
import { pickLowest } from "./pick-lowest.js";
import type { PredictionTable } from "./prediction-table.js";
import { drawUpTo, scoresFor } from "./scores.js";

/** With more deployments than this, two are drawn and compared: several processes would otherwise all choose the same. */
const mostCompared = 16;
/** Fewer measurements than this say nothing: the fewest calls in flight decide. */
const leastMeasured = 3;

/** Any candidate, for a small part of the calls. @param share - from 0 to 1 */
export function explored(
  candidates: NonEmpty<Candidate>,
  { random }: PickContext,
  share: number,
): Candidate | undefined {
  return random.next() < share ? candidates[Math.floor(random.next() * candidates.length)] : undefined;
}

/** The candidate that is predicted to answer soonest. */
export function soonest(
  candidates: NonEmpty<Candidate>,
  context: PickContext,
  table: PredictionTable,
  firstTokenWeight: number,
): Candidate {
  const { prompt, token } = table.fleetOf(candidates);
  if (prompt.weight + token.weight < leastMeasured) return pickLowest(candidates, context, ({ inFlight }) => inFlight);
  const { length } = candidates;
  if (length > mostCompared) return betterOfTwo(candidates, context, table, firstTokenWeight);
  const scores = scoresFor(length);
  let lowest = Number.POSITIVE_INFINITY;
  for (let index = 0; index < length; index += 1) {
    const score = predict(candidates[index] as Candidate, context, table, firstTokenWeight);
    scores[index] = score;
    if (score < lowest) lowest = score;
  }
  return drawUpTo(candidates, scores, lowest, context);
}

/** Source: Mitzenmacher, "The Power of Two Choices in Randomized Load Balancing", IEEE TPDS 12 (2001). */
function betterOfTwo(
  candidates: NonEmpty<Candidate>,
  context: PickContext,
  table: PredictionTable,
  firstTokenWeight: number,
): Candidate {
  const { length } = candidates;
  const first = Math.floor(context.random.next() * length);
  const other = Math.floor(context.random.next() * (length - 1));
  const one = candidates[first] as Candidate;
  const two = candidates[other < first ? other : other + 1] as Candidate;
  const oneMs = predict(one, context, table, firstTokenWeight);
  return oneMs <= predict(two, context, table, firstTokenWeight) ? one : two;
}

/**
 * How long a call is predicted to take at a candidate, in milliseconds, in which the first token of a stream counts
 * `firstTokenWeight` times, and so does what the oldest call there is late.
 */
function predict(
  candidate: Candidate,
  { now, inputTokens, maxOutputTokens, stream, operation }: PickContext,
  table: PredictionTable,
  firstTokenWeight: number,
): number {
  const known = table.predictionOf(candidate);
  const mode = modeOf(operation, stream);
  const { answerTokens } = known.fleet;
  const tokens = mode === "call" ? 0 : Math.min(maxOutputTokens ?? answerTokens, answerTokens);
  return (
    known.firstTokenMs(inputTokens) * (mode === "stream" ? firstTokenWeight : 1) +
    tokens * known.tokenMs(candidate.inFlight) +
    known.overdueMs(now) * firstTokenWeight
  );
}
