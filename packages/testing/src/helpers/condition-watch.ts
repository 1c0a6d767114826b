/**
 * Lets tests wait for a condition without polling. The object that they watch calls `changed` whenever something that a
 * condition may depend on has changed.
 */
export class ConditionWatch {
  readonly #waiting = new Set<() => void>();

  /** Resolves as soon as the condition holds: at once, or in the first call of `changed` after which it does. */
  until(condition: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const check = (): void => {
        if (!condition()) return;
        this.#waiting.delete(check);
        resolve();
      };
      this.#waiting.add(check);
      check();
    });
  }

  changed(): void {
    for (const check of this.#waiting) check();
  }
}
