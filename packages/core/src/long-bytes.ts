import { nextTurn } from "./next-turn.js";

/** Bytes that are decoded or copied in one turn of the event loop. A megabyte takes up to a millisecond. */
const bytesATurn = 4 * 1024 * 1024;

/**
 * Decodes UTF-8 in several turns of the event loop.
 * @throws (rejects with) `TypeError` for bytes that are not valid UTF-8
 */
export async function decodeInTurns(bytes: Uint8Array): Promise<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let text = "";
  for (let from = 0; from < bytes.length; from += bytesATurn) {
    if (from > 0) await nextTurn();
    const end = from + bytesATurn;
    text += decoder.decode(bytes.subarray(from, end), { stream: end < bytes.length });
  }
  if (bytes.length > bytesATurn) {
    await nextTurn();
    // V8 copies the pieces of a text together when it is read for the first time. That takes a turn of its own.
    text.charCodeAt(0);
  }
  return text;
}

/** Copies pieces into one array of bytes, in several turns of the event loop. */
export async function joinInTurns(pieces: readonly Uint8Array[]): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  let left = bytesATurn;
  for (const piece of pieces) {
    for (let from = 0; from < piece.length; from += bytesATurn) {
      const part = piece.subarray(from, from + bytesATurn);
      if (left < part.length) {
        await nextTurn();
        left = bytesATurn;
      }
      bytes.set(part, at);
      at += part.length;
      left -= part.length;
    }
  }
  return bytes;
}
