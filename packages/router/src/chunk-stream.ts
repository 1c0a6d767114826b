import type { StreamOutcome, Trail } from "@modelyard/core";

/** The events of a streamed answer. To be read once; leaving the loop early stops the call. */
export interface ChunkStream<Chunk> extends AsyncIterable<Chunk> {
  /** Who serves, what was tried. Grows until the stream is over. */
  readonly routing: Trail;
}

/** The parts of an outcome, event by event. */
export function chunkStream<Chunk>(outcome: StreamOutcome): ChunkStream<Chunk> {
  return {
    routing: outcome.trail,
    async *[Symbol.asyncIterator]() {
      for await (const part of outcome.parts) yield* part.chunks as unknown as readonly Chunk[];
    },
  };
}
