import type { Candidate, NonEmpty, PickContext, Strategy } from "@modelyard/core";
import { AnswerWatch } from "./answer-watch.js";

/** A strategy without memory, whose `pick` is synchronous. */
interface MemorylessStrategy extends Strategy {
  pick(candidates: NonEmpty<Candidate>, context: PickContext): Candidate;
}

/**
 * Adds to a strategy that it avoids deployments that have stopped answering: their oldest call is overdue, or their latest
 * call timed out. If no candidate answers, it picks from all of them. While all deployments answer, which is the usual case, a
 * pick only compares two times.
 */
export function avoidOverdue(strategy: MemorylessStrategy): MemorylessStrategy {
  const watch = new AnswerWatch();
  /** The candidates of the latest pick that avoided some, and those that answered. Outages last for many picks. */
  let all: readonly Candidate[] = [];
  let answering: readonly Candidate[] = [];
  return {
    ...strategy,
    pick(candidates, context) {
      if (watch.allAnswer(context.now)) return strategy.pick(candidates, context);
      if (candidates !== all || !isCurrent(answering, candidates, watch, context.now)) {
        all = candidates;
        // A frozen list is one that strategies may prepare values for.
        answering = Object.freeze(candidates.filter((candidate) => watch.answers(candidate, context.now)));
      }
      if (answering.length === 0 || answering.length === candidates.length) return strategy.pick(candidates, context);
      return strategy.pick(answering as NonEmpty<Candidate>, context);
    },
    observe: (event) => {
      watch.observe(event);
    },
  };
}

/** Whether a list consists of exactly those candidates that answer. */
function isCurrent(
  list: readonly Candidate[],
  candidates: readonly Candidate[],
  watch: AnswerWatch,
  now: number,
): boolean {
  let count = 0;
  for (const candidate of candidates) {
    if (!watch.answers(candidate, now)) continue;
    if (list[count] !== candidate) return false;
    count += 1;
  }
  return count === list.length;
}
