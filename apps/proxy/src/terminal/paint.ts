import { styleText } from "node:util";

type Style = "bold" | "cyan" | "dim" | "green" | "red" | "yellow";

/** Colors a text, or returns it as it is. */
export type Paint = (style: Style, text: string) => string;

export const withoutColors: Paint = (_style, text) => text;

/**
 * Colors for a stream: if it is a terminal, unless `NO_COLOR` is set, or anywhere if `FORCE_COLOR` is set. Node applies
 * these rules.
 */
export function paintFor(stream: NodeJS.WritableStream): Paint {
  return (style, text) => styleText(style, text, { stream });
}

/** Control characters, which could move the cursor or change the screen, except for line breaks. */
const controls = /(?!\n)\p{Cc}/gu;

/** Makes a text from a file or a vendor safe to print: control characters are written as escapes. */
export function printable(text: string): string {
  return text.replaceAll(controls, (one) => `\\u${(one.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`);
}
