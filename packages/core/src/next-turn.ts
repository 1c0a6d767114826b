import type { MaybePromise } from "./json.js";

/** Lets other requests have their turn of the event loop. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, 0);
  });
}

/** Work that yields wherever the event loop may turn, after a few milliseconds. */
export type Steps<Result> = Generator<undefined, Result, undefined>;

/** Does all steps at once. */
export function atOnce<Result>(steps: Steps<Result>): Result {
  let step = steps.next();
  while (step.done !== true) step = steps.next();
  return step.value;
}

/** Does steps in several turns of the event loop. Work that is over before the first turn needs no promise. */
export function inTurns<Result>(steps: Steps<Result>): MaybePromise<Result> {
  const first = steps.next();
  return first.done === true ? first.value : restInTurns(steps);
}

async function restInTurns<Result>(steps: Steps<Result>): Promise<Result> {
  for (;;) {
    await nextTurn();
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}
