import type { Steps } from "@modelyard/core/kit";
import { untranslatable } from "../fields.js";

/** Characters of base64 that are decoded before the event loop may turn. They take a millisecond. */
const pieceLength = 256 * 1024;

interface TextFile {
  /** What the text is written to. */
  readonly source: { data: string };
  readonly base64: string;
  /** Where it stands in the request. */
  readonly path: string;
}

/** Decodes text files, which Messages takes as text: short ones at once, and the others in steps. */
export class TextFiles {
  #waiting: TextFile[] | undefined;

  /** Decodes a file, or keeps it for later. @throws `unsupported_params` if it is not base64-encoded UTF-8 */
  add(source: TextFile["source"], path: string, base64: string): void {
    if (base64.length > pieceLength) (this.#waiting ??= []).push({ source, base64, path });
    else source.data = decoded(base64, path);
  }

  /** Whether some were kept. */
  get isWaiting(): boolean {
    return this.#waiting !== undefined;
  }

  /** Decodes those that were kept. @throws as `add` does */
  *rest(): Steps<void> {
    for (const file of this.#waiting ?? []) yield* decodeLong(file);
  }
}

function decoded(base64: string, path: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytesOf(base64));
  } catch {
    return notText(path);
  }
}

function* decodeLong({ source, base64, path }: TextFile): Steps<void> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let text = "";
  let rest = "";
  for (let from = 0; from < base64.length; from += pieceLength) {
    yield;
    const piece = rest + base64.slice(from, from + pieceLength).replaceAll(/[\t\n\f\r ]/gu, "");
    const last = from + pieceLength >= base64.length;
    // Four characters encode three bytes.
    const whole = last ? piece.length : piece.length - (piece.length % 4);
    rest = piece.slice(whole);
    try {
      text += decoder.decode(bytesOf(piece.slice(0, whole)), { stream: !last });
    } catch {
      notText(path);
    }
  }
  source.data = text;
}

function bytesOf(base64: string): Uint8Array {
  const binary = atob(base64);
  // A loop is ten times faster than `Uint8Array.from` with a function.
  const bytes = new Uint8Array(binary.length);
  for (let index = 0; index < binary.length; index += 1) bytes[index] = binary.charCodeAt(index);
  return bytes;
}

function notText(path: string): never {
  return untranslatable(path, "is a text file that is not base64-encoded UTF-8.");
}
