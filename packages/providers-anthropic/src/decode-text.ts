import { nextTurn } from "@modelyard/core/kit";
import { cannotSend } from "./refuse.js";

/** A text that is decoded after its block was created. */
export interface LongText {
  readonly source: { data: string };
  readonly base64: string;
}

/** How many characters of base64 are decoded before the event loop may turn. They take a millisecond. */
const pieceLength = 256 * 1024;

/** Whether a text is decoded by {@link decodeLong}. */
export function isLongText(base64: string): boolean {
  return base64.length > pieceLength;
}

function bytesOf(base64: string): Uint8Array {
  const binary = atob(base64);
  // A loop is ten times faster than `Uint8Array.from` with a function.
  const bytes = new Uint8Array(binary.length);
  for (let index = 0; index < binary.length; index += 1) bytes[index] = binary.charCodeAt(index);
  return bytes;
}

function notText(): Error {
  return cannotSend("messages", "A text file is not base64-encoded UTF-8.");
}

/** @throws `unsupported_params` */
export function decodeText(base64: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytesOf(base64));
  } catch {
    throw notText();
  }
}

/** Decodes a long text in several turns of the event loop. @throws (rejects with) `unsupported_params` */
export async function decodeLong({ source, base64 }: LongText): Promise<void> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let text = "";
  let rest = "";
  for (let from = 0; from < base64.length; from += pieceLength) {
    await nextTurn();
    const piece = rest + base64.slice(from, from + pieceLength).replaceAll(/[\t\n\f\r ]/gu, "");
    const last = from + pieceLength >= base64.length;
    // Four characters encode three bytes.
    const whole = last ? piece.length : piece.length - (piece.length % 4);
    rest = piece.slice(whole);
    try {
      text += decoder.decode(bytesOf(piece.slice(0, whole)), { stream: !last });
    } catch {
      throw notText();
    }
  }
  source.data = text;
}
