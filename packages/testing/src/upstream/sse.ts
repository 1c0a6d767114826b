/** The events of a healthy vendor, in order. */
export interface StreamScript {
  /** Events at the start, without content. */
  readonly opening: readonly string[];
  readonly contents: readonly string[];
  /** Finish reasons, with the usage on wires that send them together. */
  readonly finishing: readonly string[];
  /** Usage, on wires that send it in a separate event. */
  readonly usage: readonly string[];
  /** The end mark. */
  readonly ending: readonly string[];
  /** The events of a stream without an answer. @defaultValue the end mark */
  readonly nothing?: readonly string[];
}

/** One server-sent event. @param data - sent as JSON unless it is a string */
export function sse(data: unknown, event?: string): string {
  const line = typeof data === "string" ? data : JSON.stringify(data);
  return `${event === undefined ? "" : `event: ${event}\n`}data: ${line}\n\n`;
}

/** Splits a text into the pieces in which it is streamed: words, each with the white space after it. */
export function words(text: string): readonly string[] {
  return text.match(/^\s+|\S+\s*/gu) ?? [];
}

/** Splits a JSON string into pieces, as models stream it. */
export function snippets(json: string): readonly string[] {
  return json.match(/.{1,7}/gsu) ?? [];
}
