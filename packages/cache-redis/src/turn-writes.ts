import { Cluster, type Redis } from "ioredis";
import type { RedisClient } from "./client.js";

type Stream = Redis["stream"];

function streamsOf(client: RedisClient): readonly Stream[] {
  if (!(client instanceof Cluster)) return [client.stream];
  // Masters that were never talked to have none yet, whatever the types say.
  return client.nodes("master").flatMap(({ stream }: { stream?: Stream }) => stream ?? []);
}

/**
 * What goes to Redis in one turn of the event loop leaves in one write at its end: to wake up a Redis on the same machine
 * costs more than all else that is done for a write, and many small packets cost more than one.
 */
export class TurnWrites {
  readonly #client: RedisClient;
  /** Those that hold back what is written. */
  #held: readonly Stream[] = [];

  constructor(client: RedisClient) {
    this.#client = client;
  }

  /** Before each command. */
  hold(): void {
    if (this.#held.length > 0) return;
    this.#held = streamsOf(this.#client);
    for (const stream of this.#held) stream.cork();
    setImmediate(this.#release);
  }

  readonly #release = (): void => {
    const held = this.#held;
    this.#held = [];
    for (const stream of held) stream.uncork();
  };
}
