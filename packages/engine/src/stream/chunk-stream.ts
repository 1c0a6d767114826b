import type { Trail } from "@modelyard/core";
import { createError, type StreamOutcome, type StreamPart } from "@modelyard/core/kit";

/**
 * The events of a streamed answer, which can be read once. A second loop throws `bad_request`, since the events of the
 * first one would be missing. Leaving the loop early aborts the call.
 */
export interface ChunkStream<Chunk> extends AsyncIterable<Chunk> {
  /** Which deployment serves, and what was tried. Grows until the stream is over. */
  readonly routing: Trail;
}

type Parts = StreamOutcome["parts"];

/** Reports streams that were garbage-collected. Created with the first stream, so that nothing happens at import. */
let dropped: FinalizationRegistry<Parts> | undefined;

/**
 * Aborts the vendor's call when `owner` is garbage-collected, which may be late or never. It is the last resort for
 * streams that are dropped.
 */
function stopWhenDropped(owner: object, parts: Parts): void {
  if (typeof FinalizationRegistry === "undefined") return;
  dropped ??= new FinalizationRegistry((unheld) => {
    const stopping = unheld[Symbol.asyncIterator]().return?.();
    stopping?.catch(() => undefined);
  });
  dropped.register(owner, parts, owner);
}

/** The parts of an outcome, event by event. */
export function chunkStream<Chunk>(outcome: StreamOutcome): ChunkStream<Chunk> {
  const owner: Owner = { taken: false };
  const { parts } = outcome;
  stopWhenDropped(owner, parts);
  return {
    routing: outcome.trail,
    [Symbol.asyncIterator]: () => {
      if (owner.taken) {
        const message = "This stream has already been read. Read it once and keep its chunks, or make another call.";
        throw createError({ kind: "bad_request", message });
      }
      owner.taken = true;
      const iterator = parts[Symbol.asyncIterator]();
      const chunks = chunksOf<Chunk>(iterator, owner);
      return {
        next: () => chunks.next(),
        // A generator alone would not notice before its first read, nor during one.
        return: async () => {
          dropped?.unregister(owner);
          await iterator.return?.();
          return chunks.return(undefined);
        },
      };
    },
  };
}

/** Referenced by everything that may still read: the stream, its iterator, and a read in progress. */
interface Owner {
  taken: boolean;
}

async function* chunksOf<Chunk>(parts: AsyncIterator<StreamPart>, owner: Owner): AsyncGenerator<Chunk, undefined> {
  try {
    for (;;) {
      const result = await parts.next();
      if (result.done === true) return undefined;
      yield* result.value.chunks as unknown as readonly Chunk[];
    }
  } finally {
    dropped?.unregister(owner);
  }
}
