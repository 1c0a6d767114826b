/**
 * Resolves in the next turn of the event loop, after everything that is ready to run has run. Takes no time of any
 * clock.
 */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** Lets the event loop turn at least once, until the condition holds. If it never does, the test times out. */
export async function turnsUntil(condition: () => boolean): Promise<void> {
  do await nextTurn();
  while (!condition());
}
