import type { Figures } from "./figures.js";

/**
 * What a request may cost at most. Bytes are those of Node 24 without compilers, one in two hundred above what was
 * measured last; they are the same in every run to within a few bytes. A promise in a hundred requests is not the request's.
 * In the old generation a request allocates nothing, nor do Node and undici for it: a closure there is 56 bytes.
 */
export const ceilings: Readonly<Record<string, Partial<Figures>>> = {
  completion: { bytes: 8_440, oldBytes: 0, promises: 13.5, timers: 1, parses: 0, stringifies: 0 },
  plain: { bytes: 15_265, oldBytes: 0, promises: 20.5, timers: 1, parses: 2, stringifies: 1 },
  stream: { bytes: 38_050, oldBytes: 0, promises: 44.5, timers: 1, parses: 4, stringifies: 1 },
  "plain, sockets": { oldBytes: 0 },
  "stream, sockets": { oldBytes: 0 },
};
