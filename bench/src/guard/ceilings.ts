import type { Figures } from "./figures.js";

/**
 * What a request may cost at most. Bytes are those of Node 24 without compilers, one in two hundred above what was
 * measured last; they are the same in every run to within a few bytes. A promise in a hundred requests is not the request's.
 * In the old generation a request allocates nothing, nor do Node and undici for it: a closure there is 56 bytes. A call
 * in the air holds nothing of a long body; one of 1 KB is held as text and as what was read of it.
 */
export const ceilings: Readonly<Record<string, Partial<Figures>>> = {
  completion: { bytes: 7_960, oldBytes: 0, promises: 11.5, timers: 1, parses: 0, stringifies: 0 },
  plain: { bytes: 14_880, oldBytes: 0, promises: 18.5, timers: 1, parses: 2, stringifies: 1 },
  stream: { bytes: 38_200, oldBytes: 0, promises: 44.5, timers: 1, parses: 4, stringifies: 1 },
  "plain, sockets": { oldBytes: 0 },
  "stream, sockets": { oldBytes: 0 },
  "in the air, 1 KB": { heldBytes: 9_600 },
  "in the air, 20 KB": { heldBytes: 7_660 },
};
