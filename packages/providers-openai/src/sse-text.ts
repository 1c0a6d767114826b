const newline = 10;
const carriage = 13;

export function concat(left: Uint8Array, right: Uint8Array): Uint8Array {
  const joined = new Uint8Array(left.length + right.length);
  joined.set(left);
  joined.set(right, left.length);
  return joined;
}

function endsLine(byte: number | undefined): boolean {
  return byte === newline || byte === carriage;
}

/** Offset after the last empty line, however its lines end; 0 when there is none. */
export function lastEventEnd(bytes: Uint8Array): number {
  for (let index = bytes.length - 1; index > 0; index -= 1) {
    const byte = bytes[index];
    if (!endsLine(byte)) continue;
    const start = byte === newline && bytes[index - 1] === carriage ? index - 1 : index;
    if (start > 0 && endsLine(bytes[start - 1])) return index + 1;
  }
  return 0;
}

/** The data of an event that is written as most are, in one line; `undefined`: it is not. */
export function onlyLine(event: string): string | undefined {
  return event.startsWith("data: ") && !event.includes("\n") ? event.slice(6) : undefined;
}

/** The `data` of each event. Source: WHATWG HTML, "Server-sent events". */
export function* dataOf(text: string): Generator<string> {
  const lines = text.includes("\r") ? text.replaceAll(/\r\n?/gu, "\n") : text;
  for (const event of lines.split("\n\n")) {
    const usual = onlyLine(event);
    if (usual !== undefined) {
      yield usual;
      continue;
    }
    const data = event
      .split("\n")
      .filter((line) => line.startsWith("data:"))
      .map((line) => line.slice(line.startsWith("data: ") ? 6 : 5))
      .join("\n");
    if (data !== "") yield data;
  }
}
