import { type ProviderResult, RouterError } from "@modelyard/core";
import { type MaybePromise, type Outcome, type ProviderStream, sleep } from "@modelyard/core/kit";
import type { Attempt } from "../attempt/attempt.js";
import { blockedError } from "../attempt/attempt-errors.js";
import { isBlocked } from "../attempt/finish-reasons.js";
import { beginAttempt, callProvider, checkAnswer, finishAnswer, noteResult, usageIn } from "../attempt/run-attempt.js";
import type { Call } from "../call/call.js";
import { StreamSession } from "../stream/stream-session.js";
import { decide, mayGoOn } from "./decide.js";
import { FallbackWalk } from "./fallback-walk.js";

/** The path of a call without its caches: one group after the other, and in each one attempt after the other. */
export async function runGroups(call: Call): Promise<Outcome> {
  const walk = new FallbackWalk(call);
  for (;;) {
    let error: RouterError;
    try {
      const visit = walk.enter();
      for (;;) {
        const selecting = visit.select();
        const reservation = selecting instanceof Promise ? await selecting : selecting;
        if (reservation === undefined) {
          error = visit.exhausted();
          break;
        }
        visit.begin();
        const attempt = beginAttempt(call, visit.group, reservation);
        try {
          const taking = takeResult(attempt, await callProvider(attempt), walk);
          const outcome = taking instanceof Promise ? await taking : taking;
          walk.arrive();
          return outcome;
        } catch (thrown) {
          error = attempt.fail(thrown);
        }
        if (call.isReleased && mayGoOn(visit, walk, { error, failed: attempt.runtime })) await call.restore();
        visit.failed(error, attempt.runtime);
        const decision = decide(visit, walk, { error, failed: attempt.runtime });
        if (decision.next === "next group" || decision.next === "stop") break;
        if (decision.next === "retry here") await sleep(call.services.clock, decision.afterMs, call.cancellation);
        visit.retry(decision);
      }
    } catch (thrown) {
      // Other errors are not failed attempts: the caller aborted, or the group's fallback entry cannot be read. A fault
      // in our own code must not look like an outage.
      if (!RouterError.isInstance(thrown)) throw thrown;
      error = thrown;
    }
    const failure = walk.goOn(error);
    if (failure !== undefined) throw failure;
  }
}

/**
 * The outcome of an attempt. It only waits for streams, so that other calls have one `async` function less
 * (docs/internals.md, "A waiting `async` function keeps its arguments").
 * @throws the failure of the attempt
 */
function takeResult(attempt: Attempt, result: ProviderResult, walk: FallbackWalk): MaybePromise<Outcome> {
  noteResult(attempt, result);
  if (result.kind === "stream") return openStream(attempt, result, walk);
  const blocked = checkAnswer(attempt, result.value);
  // If the vendor's filter blocked the answer, another group may answer, whatever the status is.
  if (blocked !== undefined && walk.mayFallBack(blocked)) throw attempt.fail(blocked, usageIn(result.value));
  return finishAnswer(attempt, result);
}

/** Reads a stream up to its first content. @throws the failure of the attempt */
async function openStream(attempt: Attempt, result: ProviderStream, walk: FallbackWalk): Promise<Outcome> {
  const session = new StreamSession(attempt, result.parts);
  await session.open();
  const blocked = isBlocked(session.opening, attempt) ? blockedError(attempt) : undefined;
  if (blocked !== undefined && walk.mayFallBack(blocked)) {
    attempt.fail(blocked, session.spent);
    await session.return();
    throw blocked;
  }
  return { kind: "stream", parts: session, trail: attempt.call.trail };
}
