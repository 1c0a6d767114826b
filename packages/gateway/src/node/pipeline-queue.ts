/** How many requests may wait on one connection for earlier ones. Even short ones take memory. */
const mostWaiting = 100;

/** Counts the pipelined requests that wait for their turn, by connection. */
export class PipelineQueue {
  readonly #waiting = new WeakMap<object, number>();

  /** @returns whether one more request may wait; if so, it is counted */
  wait(connection: object): boolean {
    const ahead = this.#waiting.get(connection) ?? 0;
    if (ahead >= mostWaiting) return false;
    this.#waiting.set(connection, ahead + 1);
    return true;
  }

  /** A request that waited is answered now. */
  begin(connection: object): void {
    this.#waiting.set(connection, (this.#waiting.get(connection) ?? 1) - 1);
  }
}
