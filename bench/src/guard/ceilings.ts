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
  // Callers of each wire, and vendors of each ("Messages from chat": callers of Messages, a vendor of chat).
  "chat, plain": { bytes: 17_120, oldBytes: 0, promises: 18.5, timers: 1, parses: 2, stringifies: 1 },
  "chat, stream": { bytes: 39_400, oldBytes: 0, promises: 42.5, timers: 1, parses: 4, stringifies: 1 },
  "chat, one more event": { bytes: 330, promises: 0, parses: 0, stringifies: 0 },
  // 2.6 KB of it are the types of the hub, through which requests of chats go as those of all other callers do.
  "chat from Messages, plain": { bytes: 31_900, oldBytes: 0, promises: 18.5, timers: 1, parses: 2, stringifies: 2 },
  "chat from Messages, stream": { bytes: 123_360, oldBytes: 0, promises: 46.5, timers: 1, parses: 8, stringifies: 5 },
  "chat from Messages, one more event": { bytes: 1_410, promises: 0, parses: 0, stringifies: 0 },
  "chat from Responses, plain": { bytes: 70_260, oldBytes: 0, promises: 18.5, timers: 1, parses: 2, stringifies: 2 },
  "chat from Responses, stream": { bytes: 216_400, oldBytes: 0, promises: 46.5, timers: 1, parses: 10, stringifies: 5 },
  "chat from Responses, one more event": { bytes: 2_130, promises: 0, parses: 0, stringifies: 0 },
  "Messages from chat, plain": { bytes: 60_320, oldBytes: 0, promises: 18.5, timers: 1, parses: 2, stringifies: 2 },
  "Messages from chat, stream": { bytes: 150_610, oldBytes: 0, promises: 44.5, timers: 1, parses: 6, stringifies: 9 },
  "Messages from chat, one more event": { bytes: 1_470, promises: 0, parses: 0, stringifies: 0 },
  "Messages, plain": { bytes: 20_340, oldBytes: 0, promises: 18.5, timers: 1, parses: 2, stringifies: 1 },
  "Messages, stream": { bytes: 43_160, oldBytes: 0, promises: 40.5, timers: 1, parses: 9, stringifies: 1 },
  "Messages, one more event": { bytes: 190, promises: 0, parses: 0, stringifies: 0 },
  "Messages from Responses, plain": {
    bytes: 64_590,
    oldBytes: 0,
    promises: 18.5,
    timers: 1,
    parses: 2,
    stringifies: 2,
  },
  "Messages from Responses, stream": {
    bytes: 196_970,
    oldBytes: 0,
    promises: 44.5,
    timers: 1,
    parses: 12,
    stringifies: 10,
  },
  "Messages from Responses, one more event": { bytes: 1_680, promises: 0, parses: 0, stringifies: 0 },
  "Responses from chat, plain": { bytes: 70_900, oldBytes: 0, promises: 18.5, timers: 1, parses: 2, stringifies: 2 },
  "Responses from chat, stream": { bytes: 181_760, oldBytes: 0, promises: 44.5, timers: 1, parses: 5, stringifies: 12 },
  "Responses from chat, one more event": { bytes: 1_730, promises: 0, parses: 0, stringifies: 0 },
  "Responses from Messages, plain": {
    bytes: 75_280,
    oldBytes: 0,
    promises: 18.5,
    timers: 1,
    parses: 2,
    stringifies: 2,
  },
  "Responses from Messages, stream": {
    bytes: 209_970,
    oldBytes: 0,
    promises: 44.5,
    timers: 1,
    parses: 8,
    stringifies: 11,
  },
  "Responses from Messages, one more event": { bytes: 1_650, promises: 0, parses: 0, stringifies: 0 },
  "Responses, plain": { bytes: 20_190, oldBytes: 0, promises: 18.5, timers: 1, parses: 2, stringifies: 1 },
  "Responses, stream": { bytes: 56_850, oldBytes: 0, promises: 40.5, timers: 1, parses: 10, stringifies: 1 },
  "Responses, one more event": { bytes: 460, promises: 0, parses: 0, stringifies: 0 },
};
