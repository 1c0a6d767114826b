import type { Figures } from "./figures.js";

/**
 * The most that a request may cost. Bytes are those of Node 24 without V8's compilers, half a percent above the latest
 * measurement; runs differ by only a few bytes. One promise per hundred requests does not belong to a request. A request,
 * with Node and undici, allocates nothing in the old generation, where one closure would take 56 bytes. A call in flight
 * holds nothing of a long body; a body of 1 KB is held both as a string and parsed.
 */
export const ceilings: Readonly<Record<string, Partial<Figures>>> = {
  completion: { bytes: 7_960, oldBytes: 0, promises: 11.5, timers: 1, parses: 0, stringifies: 0 },
  plain: { bytes: 14_860, oldBytes: 0, promises: 18.5, timers: 1, parses: 2, stringifies: 1 },
  stream: { bytes: 38_200, oldBytes: 0, promises: 44.5, timers: 1, parses: 4, stringifies: 1 },
  "plain, sockets": { oldBytes: 0 },
  "stream, sockets": { oldBytes: 0 },
  "in the air, 1 KB": { heldBytes: 9_620 },
  "in the air, 20 KB": { heldBytes: 7_680 },
};
