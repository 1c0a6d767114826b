/** The events of a healthy vendor, in order. */
export interface StreamScript {
  /** What opens it; carries no content. */
  readonly opening: readonly string[];
  readonly contents: readonly string[];
  /** Finish reasons, with the usage on wires that send the two together. */
  readonly finishing: readonly string[];
  /** Usage in an event of its own. */
  readonly usage: readonly string[];
  /** The end mark. */
  readonly ending: readonly string[];
}

/** One server-sent event. @param data - sent as JSON unless it is text */
export function sse(data: unknown, event?: string): string {
  const line = typeof data === "string" ? data : JSON.stringify(data);
  return `${event === undefined ? "" : `event: ${event}\n`}data: ${line}\n\n`;
}

/** A text as the pieces in which it is streamed: words, each with the white space behind it. */
export function words(text: string): readonly string[] {
  return text.match(/^\s+|\S+\s*/gu) ?? [];
}

/** JSON text as the pieces in which models write it. */
export function snippets(json: string): readonly string[] {
  return json.match(/.{1,7}/gsu) ?? [];
}
