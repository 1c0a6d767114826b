import type { Trail } from "@modelyard/core";
import { createError, type StreamOutcome, type StreamPart } from "@modelyard/core/kit";

/**
 * The events of a streamed answer. It can be read only once: a second loop throws `bad_request`, because the events
 * that the first one read would be missing. Leaving the loop early ends the call.
 */
export interface ChunkStream<Chunk> extends AsyncIterable<Chunk> {
  /** The trail: which deployment serves, and which were tried. It is updated until the stream ends. */
  readonly routing: Trail;
}

type Parts = StreamOutcome["parts"];

/**
 * Notices streams that were garbage-collected. Created with the first stream, so that importing has no side effects.
 */
let dropped: FinalizationRegistry<Parts> | undefined;

/**
 * Closes the vendor's stream once `owner` is garbage-collected, which may be late or never. It is a last resort for
 * abandoned streams.
 */
function stopWhenDropped(owner: object, parts: Parts): void {
  if (typeof FinalizationRegistry === "undefined") return;
  dropped ??= new FinalizationRegistry((unheld) => {
    const stopping = unheld[Symbol.asyncIterator]().return?.();
    stopping?.catch(() => undefined);
  });
  dropped.register(owner, parts, owner);
}

/** Returns a streamed outcome as a stream of single events. */
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
        // Closes the parts directly, because a generator ignores `return` before its first read and during one.
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
