import { Composer, type CST, type Document, Lexer, LineCounter, Parser, visit } from "yaml";
import { expandedSize } from "./expanded-size.js";
import type { ConfigIssue } from "./issues.js";
import { type Path, showName } from "./path.js";
import { type PlaceData, PlaceTable, type Position } from "./place-table.js";
import { type Complain, toValue } from "./to-value.js";

export interface Place {
  readonly file: string;
  /** From 1; 0 when the place is not in the text. */
  readonly line: number;
  /** From 1; 0 when the place is not in the text. */
  readonly column: number;
}

/** One YAML text: its value, its faults, and where each value stands. */
export interface SourceDocument {
  readonly value: unknown;
  readonly issues: readonly ConfigIssue[];
  /** Where a value stands; for one that is not there, where its nearest parent does. */
  placeOf(path: Path): Place;
  /** Where every value stands. */
  readonly places: PlaceData;
}

/** Values after every reference has been written out: references multiply what they refer to. Ten thousand deployments have 200,000. */
const mostValues = 500_000;
/**
 * Words, signs, spaces, line breaks and comments. Each takes 2 to 5 microseconds to read, so this many take seconds. Ten
 * thousand deployments have 1.2 million.
 */
const mostTokens = 1_500_000;
/** What reads the tokens is recursive, and so is everything after it; a real file needs about ten levels. */
const mostLevels = 100;
/** A configuration of ten thousand deployments has two million. */
const mostCharacters = 4 * 1024 * 1024;
/** One mistake can be the cause of many complaints. */
const mostComplaints = 20;
const beginning: Position = { line: 1, column: 1 };

export function readDocument(text: string, file: string): SourceDocument {
  const lines = new LineCounter();
  const positionOf = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  const issues: ConfigIssue[] = [];
  const complain = (message: string, offset: number): void => {
    if (issues.length < mostComplaints)
      issues.push({ path: "", message: `YAML: ${message}`, file, ...positionOf(offset) });
  };
  const document = compose(text, lines, complain);
  const lineOf = (offset: number): number => lines.linePos(offset).line;
  const converted = document === undefined ? undefined : toValue(document, lineOf, complain);
  if (converted !== undefined && expandedSize(converted.value) > mostValues)
    complain(
      `there are more than ${mostValues.toLocaleString("en")} values, counting those that references stand for. Remove some.`,
      0,
    );
  const isUsable = issues.length === 0;
  const table = isUsable
    ? PlaceTable.of(document?.contents ?? null, converted?.targets ?? new Map(), positionOf)
    : PlaceTable.empty();
  return {
    value: isUsable ? converted?.value : undefined,
    issues,
    placeOf: (path) => ({ file, ...(table.find(path).nearest ?? beginning) }),
    places: table.data,
  };
}

function compose(text: string, lines: LineCounter, complain: Complain): Document.Parsed | undefined {
  if (text.length > mostCharacters) {
    complain(`the file is longer than ${String(mostCharacters / 1024 / 1024)} MB.`, 0);
    return undefined;
  }
  const tokens = tokensOf(text, lines, complain);
  if (tokens === undefined) return undefined;
  const composer = new Composer({ merge: true, prettyErrors: false, uniqueKeys: false });
  const [document, second] = composer.compose(tokens, true, text.length);
  const quotes = document === undefined ? new Map<number, Quote>() : openQuotes(document);
  for (const { start, sign } of quotes.values())
    complain(`the quote ${sign} that is opened here is never closed.`, start);
  for (const { message, pos } of document?.errors ?? [])
    if (!quotes.has(pos[0])) complain(withoutQuotes(message), pos[0]);
  if (second !== undefined) complain("the file holds more than one document. Leave out what follows.", second.range[0]);
  return document;
}

interface Quote {
  readonly start: number;
  readonly sign: string;
}

/** Quotes that are not closed, by where the text within them ends: whatever else is complained of there follows from them. */
function openQuotes(document: Document.Parsed): ReadonlyMap<number, Quote> {
  // The code alone may be about a comma as well.
  const closing = document.errors.filter(({ message }) => message.startsWith("Missing closing"));
  const missing = closing.map(({ pos }) => pos[0]);
  const quotes = new Map<number, Quote>();
  if (missing.length === 0) return quotes;
  visit(document, {
    Scalar: (_, { type, range }) => {
      const sign = type === "QUOTE_DOUBLE" ? '"' : type === "QUOTE_SINGLE" ? "'" : undefined;
      if (sign !== undefined && range != null && missing.includes(range[1]))
        quotes.set(range[1], { start: range[0], sign });
    },
  });
  return quotes;
}

/**
 * The tokens of a text, read one lexeme at a time, so that one of too many levels or tokens is refused where it exceeds
 * the limit, before the rest is read.
 */
function tokensOf(text: string, lines: LineCounter, complain: Complain): CST.Token[] | undefined {
  const parser = new Parser((offset) => void lines.addNewLine(offset));
  const tokens: CST.Token[] = [];
  lines.addNewLine(0);
  let count = 0;
  for (const lexeme of new Lexer().lex(text)) {
    const { offset } = parser;
    count += 1;
    if (count > mostTokens) {
      const limit = mostTokens.toLocaleString("en");
      complain(
        `there are more than ${limit} words, signs, line breaks and comments. Remove some, or split the file with include.`,
        offset,
      );
      return undefined;
    }
    tokens.push(...parser.next(lexeme));
    // The document itself is on the stack too, and so is a scalar while it is read.
    const { stack } = parser;
    if (stack.length > mostLevels && stack.filter((token) => "items" in token).length > mostLevels) {
      complain(`there are more than ${String(mostLevels)} levels.`, offset);
      return undefined;
    }
  }
  tokens.push(...parser.end());
  return tokens;
}

/** What the parser says, without the text that some of its messages quote: it may be a secret, or a foreign file's. */
function withoutQuotes(message: string): string {
  const [line = ""] = message.split("\n");
  return showName(line.replace(/: ["|>].*$/u, "."));
}
