export interface LineParserOptions {
  readonly onLine: (line: string) => void;
  /** Called when a line without an end is longer than `longest` characters. */
  readonly onEndless: () => void;
  readonly longest: number;
}

/** Splits a text that arrives in pieces into lines. Looks at every character once, however small the pieces are. */
export function lineParser({ onLine, onEndless, longest }: LineParserOptions): { feed(text: string): void } {
  /** The pieces of the line that has not ended. */
  let pieces: string[] = [];
  let length = 0;
  return {
    feed(text) {
      const lines = text.split("\n");
      const rest = lines.pop() ?? "";
      const [first, ...others] = lines;
      if (first !== undefined) {
        onLine([...pieces, first].join(""));
        for (const line of others) onLine(line);
        pieces = [];
        length = 0;
      }
      if (rest === "") return;
      pieces.push(rest);
      length += rest.length;
      if (length > longest) onEndless();
    },
  };
}
