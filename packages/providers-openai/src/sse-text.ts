const newline = 10;
const carriage = 13;

export function concat(left: Uint8Array, right: Uint8Array): Uint8Array {
  const joined = new Uint8Array(left.length + right.length);
  joined.set(left);
  joined.set(right, left.length);
  return joined;
}

/** Offset after the last empty line; 0 when there is none. */
export function lastEventEnd(bytes: Uint8Array): number {
  for (let index = bytes.length - 1; index > 0; index -= 1) {
    const byte = bytes[index];
    if (byte !== newline && byte !== carriage) continue;
    const before = bytes[index - 1];
    if (byte === newline && before === newline) return index + 1;
    if (byte === newline && before === carriage && bytes[index - 2] === newline) return index + 1;
    if (byte === carriage && before === carriage) return index + 1;
  }
  return 0;
}

/** The `data` of each event. Source: WHATWG HTML, "Server-sent events". */
export function* dataOf(text: string): Generator<string> {
  for (const event of text.split(/\r\n\r\n|\n\n|\r\r/u)) {
    if (event.startsWith("data: ") && !/[\r\n]/u.test(event)) {
      yield event.slice(6);
      continue;
    }
    const data = event
      .split(/\r\n|\n|\r/u)
      .filter((line) => line.startsWith("data:"))
      .map((line) => line.slice(line.startsWith("data: ") ? 6 : 5))
      .join("\n");
    if (data !== "") yield data;
  }
}
