import type { Trail } from "@modelyard/core";
import { createError, type StreamOutcome, type StreamPart } from "@modelyard/core/kit";

/**
 * The events of a streamed answer. To be read once: a second loop throws `bad_request`, since what the first one took
 * would be missing. Leaving the loop early stops the call.
 */
export interface ChunkStream<Chunk> extends AsyncIterable<Chunk> {
  /** Who serves, what was tried. Grows until the stream is over. */
  readonly routing: Trail;
}

type Parts = StreamOutcome["parts"];

/** Reports streams that were garbage-collected. Made with the first stream: nothing is done at import. */
let dropped: FinalizationRegistry<Parts> | undefined;

/** Stops the vendor when `owner` is gone. It comes late or never: the last resort for streams that are just dropped. */
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
        // A generator alone would not hear of it before its first read, nor in the middle of one.
        return: async () => {
          dropped?.unregister(owner);
          await iterator.return?.();
          return chunks.return(undefined);
        },
      };
    },
  };
}

/** Held by everything that may still read: the stream, its iterator, and a read that is under way. */
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
