import { createError, type StreamOutcome, type StreamPart, type Trail } from "@modelyard/core";

/**
 * The events of a streamed answer. To be read once: a second loop throws `bad_request`, since what the first one took
 * would be missing. Leaving the loop early stops the call.
 */
export interface ChunkStream<Chunk> extends AsyncIterable<Chunk> {
  /** Who serves, what was tried. Grows until the stream is over. */
  readonly routing: Trail;
}

/** The parts of an outcome, event by event. */
export function chunkStream<Chunk>(outcome: StreamOutcome): ChunkStream<Chunk> {
  let taken = false;
  return {
    routing: outcome.trail,
    [Symbol.asyncIterator]: () => {
      if (taken) {
        const message = "This stream was read before. Read a stream once and keep its chunks, or make another call.";
        throw createError({ kind: "bad_request", message });
      }
      taken = true;
      const parts = outcome.parts[Symbol.asyncIterator]();
      const chunks = chunksOf<Chunk>(parts);
      return {
        next: () => chunks.next(),
        // A generator alone would not hear of it before its first read, nor in the middle of one.
        return: async () => {
          await parts.return?.();
          return chunks.return(undefined);
        },
      };
    },
  };
}

async function* chunksOf<Chunk>(parts: AsyncIterator<StreamPart>): AsyncGenerator<Chunk, undefined> {
  for (;;) {
    const result = await parts.next();
    if (result.done === true) return undefined;
    yield* result.value.chunks as unknown as readonly Chunk[];
  }
}
