import { Composer, type CST, type Document, Lexer, LineCounter, Parser, visit } from "yaml";
import { expandedSize } from "./expanded-size.js";
import type { ConfigIssue } from "./issues.js";
import type { Path } from "./path.js";
import { type PlaceData, PlaceTable, type Position } from "./place-table.js";
import { type ReportError, toValue } from "./to-value.js";
import { yamlProblem } from "./yaml-problem.js";

export interface Place {
  readonly file: string;
  /** From 1; 0 when the place is not in the text. */
  readonly line: number;
  /** From 1; 0 when the place is not in the text. */
  readonly column: number;
}

/** One YAML text: its value, its errors, and the position of each value. */
export interface SourceDocument {
  readonly value: unknown;
  readonly issues: readonly ConfigIssue[];
  /** The position of a value, or of its nearest parent if the value is missing. */
  placeOf(path: Path): Place;
  /** The positions of all values. */
  readonly places: PlaceData;
}

/**
 * Limit for values after aliases have been expanded, because nested aliases can multiply a small file without bound. A
 * configuration of ten thousand deployments has 200,000 values.
 */
const mostValues = 500_000;
/**
 * Limit for tokens: words, punctuation, spaces, line breaks and comments. Each takes 2 to 5 microseconds to parse, so
 * this many take seconds. A configuration of ten thousand deployments has 1.2 million.
 */
const mostTokens = 1_500_000;
/** Limit for nesting, because the parser and everything after it is recursive. A real file needs about ten levels. */
const mostLevels = 100;
/** A configuration of ten thousand deployments has two million characters. */
const mostCharacters = 4 * 1024 * 1024;
/** One mistake can cause many errors, of which the first few are enough. */
const mostErrors = 20;
const beginning: Position = { line: 1, column: 1 };

export function readDocument(text: string, file: string): SourceDocument {
  const lines = new LineCounter();
  const positionOf = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  const issues: ConfigIssue[] = [];
  const report = (message: string, offset: number): void => {
    if (issues.length < mostErrors) issues.push({ path: "", message: `YAML: ${message}`, file, ...positionOf(offset) });
  };
  const document = compose(text, lines, report);
  const lineOf = (offset: number): number => lines.linePos(offset).line;
  const converted = document === undefined ? undefined : toValue(document, lineOf, report);
  if (converted !== undefined && expandedSize(converted.value) > mostValues)
    report(`there are more than ${mostValues.toLocaleString("en")} values after aliases are expanded. Remove some.`, 0);
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

function compose(text: string, lines: LineCounter, report: ReportError): Document.Parsed | undefined {
  if (text.length > mostCharacters) {
    report(`the file is longer than ${String(mostCharacters / 1024 / 1024)} MB. Split it with include.`, 0);
    return undefined;
  }
  const tokens = tokensOf(text, lines, report);
  if (tokens === undefined) return undefined;
  const composer = new Composer({ merge: true, prettyErrors: false, uniqueKeys: false });
  const [document, second] = composer.compose(tokens, true, text.length);
  const quotes = document === undefined ? new Map<number, Quote>() : openQuotes(document);
  for (const { start, sign } of quotes.values())
    report(`the quote ${sign} that is opened here is never closed.`, start);
  for (const { message, pos } of document?.errors ?? []) if (!quotes.has(pos[0])) report(yamlProblem(message), pos[0]);
  if (second !== undefined)
    report("the file holds more than one YAML document. Remove everything from here on.", second.range[0]);
  return document;
}

interface Quote {
  readonly start: number;
  readonly sign: string;
}

/** Unclosed quotes by the offset where their text ends. Every other parse error at that offset is a consequence. */
function openQuotes(document: Document.Parsed): ReadonlyMap<number, Quote> {
  // The error's code is the same for a missing comma, so the message has to tell them apart.
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
 * Parses a text one lexeme at a time, so that a text with too many levels or tokens is refused where it exceeds the
 * limit, before the rest is parsed.
 */
function tokensOf(text: string, lines: LineCounter, report: ReportError): CST.Token[] | undefined {
  const parser = new Parser((offset) => void lines.addNewLine(offset));
  const tokens: CST.Token[] = [];
  lines.addNewLine(0);
  let count = 0;
  for (const lexeme of new Lexer().lex(text)) {
    const { offset } = parser;
    count += 1;
    if (count > mostTokens) {
      const limit = mostTokens.toLocaleString("en");
      report(
        `there are more than ${limit} words, punctuation marks, line breaks and comments. Remove some, or split the file with include.`,
        offset,
      );
      return undefined;
    }
    tokens.push(...parser.next(lexeme));
    // The stack also holds the document and the current scalar, which are not levels.
    const { stack } = parser;
    if (stack.length > mostLevels && stack.filter((token) => "items" in token).length > mostLevels) {
      report(`values are nested more than ${String(mostLevels)} levels deep.`, offset);
      return undefined;
    }
  }
  tokens.push(...parser.end());
  return tokens;
}
