/** Requests that may wait on one connection for those ahead of them: each takes memory, however short it is. */
const mostWaiting = 100;

/** Counts the requests that wait for their turn, by connection. */
export class Turns {
  readonly #waiting = new WeakMap<object, number>();

  /** @returns whether one more may wait; then it is counted */
  wait(connection: object): boolean {
    const ahead = this.#waiting.get(connection) ?? 0;
    if (ahead >= mostWaiting) return false;
    this.#waiting.set(connection, ahead + 1);
    return true;
  }

  /** It is the turn of one that waited. */
  begin(connection: object): void {
    this.#waiting.set(connection, (this.#waiting.get(connection) ?? 1) - 1);
  }
}
