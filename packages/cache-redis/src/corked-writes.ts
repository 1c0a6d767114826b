import { Cluster, type Redis } from "ioredis";
import type { RedisClient } from "./client.js";

type Stream = Redis["stream"];

function streamsOf(client: RedisClient): readonly Stream[] {
  if (!(client instanceof Cluster)) return [client.stream];
  // A master that no command was sent to yet has no stream, although the types say it has.
  return client.nodes("master").flatMap(({ stream }: { stream?: Stream }) => stream ?? []);
}

/**
 * Sends all commands of one turn of the event loop in a single write at its end (docs/internals.md, "Writes of one turn
 * leave together").
 */
export class CorkedWrites {
  readonly #client: RedisClient;
  /** The streams that are corked until the end of this turn. */
  #corked: readonly Stream[] = [];

  constructor(client: RedisClient) {
    this.#client = client;
  }

  /** Call it before each command. */
  hold(): void {
    if (this.#corked.length > 0) return;
    this.#corked = streamsOf(this.#client);
    for (const stream of this.#corked) stream.cork();
    setImmediate(this.#release);
  }

  readonly #release = (): void => {
    const corked = this.#corked;
    this.#corked = [];
    for (const stream of corked) stream.uncork();
  };
}
