/** A part of a regular expression, in the form that the linear matcher needs. */
export type PatternNode =
  | { readonly kind: "read"; readonly takes: (character: string) => boolean }
  | { readonly kind: "start" | "end" }
  | { readonly kind: "sequence" | "choice"; readonly parts: readonly PatternNode[] }
  | { readonly kind: "repeat"; readonly part: PatternNode; readonly least: number; readonly most: number };

/** Why a pattern cannot be used. The message can follow the pattern in a sentence. */
export class PatternError extends Error {
  override readonly name = "PatternError";
}

const escaped =
  /\\(?:[pP]\{[^}]*\}|u\{[^}]*\}|u[dD][89abAB][\da-fA-F]{2}\\u[dD][c-fC-F][\da-fA-F]{2}|u[\da-fA-F]{4}|x[\da-fA-F]{2}|c[A-Za-z]|.)/uy;
const characterClass = /\[(?:\\.|[^\]\\])*\]/uy;
const quantifier = /(?:[*+?]|\{(?<least>\d+)(?:(?<comma>,)(?<most>\d*))?\})\??/uy;
const groupStart = /\((?:\?:|\?<(?![=!])[^>]*>|(?!\?))/uy;

/** @throws {@link PatternError} if it is not a regular expression, or has no linear match */
export function parsePattern(pattern: string): PatternNode {
  try {
    // This only checks the syntax. From here on the pattern is known to be well-formed.
    void new RegExp(pattern, "u");
  } catch {
    throw new PatternError("is not a regular expression");
  }
  return new Parser(pattern).choice();
}

class Parser {
  readonly #pattern: string;
  #at = 0;

  constructor(pattern: string) {
    this.#pattern = pattern;
  }

  choice(): PatternNode {
    const parts = [this.#sequence()];
    while (this.#pattern[this.#at] === "|") {
      this.#at += 1;
      parts.push(this.#sequence());
    }
    return { kind: "choice", parts };
  }

  #sequence(): PatternNode {
    const parts: PatternNode[] = [];
    while (this.#at < this.#pattern.length && !"|)".includes(this.#pattern[this.#at] ?? ""))
      parts.push(this.#repeated(this.#atom()));
    return { kind: "sequence", parts };
  }

  #repeated(part: PatternNode): PatternNode {
    const sign = this.#pattern[this.#at];
    const found = this.#take(quantifier);
    if (found === undefined) return part;
    if (sign !== "{") return { kind: "repeat", part, least: sign === "+" ? 1 : 0, most: sign === "?" ? 1 : Infinity };
    const { least, comma, most } = found.groups ?? {};
    const from = Number(least);
    return {
      kind: "repeat",
      part,
      least: from,
      most: comma === undefined ? from : most === "" ? Infinity : Number(most),
    };
  }

  #atom(): PatternNode {
    const sign = this.#pattern[this.#at];
    switch (sign) {
      case "(":
        return this.#group();
      case "^":
      case "$":
        this.#at += 1;
        return { kind: sign === "^" ? "start" : "end" };
      case ".":
        this.#at += 1;
        return oneOf(".");
      case "[":
        return oneOf(this.#take(characterClass)?.[0] ?? "");
      case "\\":
        return this.#escape();
      default:
        return this.#literal();
    }
  }

  #group(): PatternNode {
    if (this.#take(groupStart) === undefined)
      throw new PatternError("looks ahead, looks behind or changes flags, which is not supported");
    const inner = this.choice();
    // Skips the closing parenthesis.
    this.#at += 1;
    return inner;
  }

  #escape(): PatternNode {
    const text = this.#take(escaped)?.[0] ?? "";
    if (/^\\[1-9k]/u.test(text)) throw new PatternError("refers back to a group, which is not supported");
    if (/^\\b/iu.test(text)) throw new PatternError("asks for the edge of a word, which is not supported");
    return oneOf(text);
  }

  #literal(): PatternNode {
    const literal = String.fromCodePoint(this.#pattern.codePointAt(this.#at) ?? 0);
    this.#at += literal.length;
    return { kind: "read", takes: (character) => character === literal };
  }

  #take(expression: RegExp): RegExpExecArray | undefined {
    expression.lastIndex = this.#at;
    const found = expression.exec(this.#pattern) ?? undefined;
    if (found !== undefined) this.#at += found[0].length;
    return found;
  }
}

/** A part that matches one of several characters. The platform decides which ones. */
function oneOf(text: string): PatternNode {
  const one = new RegExp(`^${text}$`, "u");
  return { kind: "read", takes: (character) => one.test(character) };
}
