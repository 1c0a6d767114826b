/** Types of RESP2 and RESP3 replies, by their first byte. */
const type = {
  simpleString: 0x2b,
  error: 0x2d,
  integer: 0x3a,
  bulkString: 0x24,
  blobError: 0x21,
  verbatimString: 0x3d,
  null: 0x5f,
  boolean: 0x23,
  double: 0x2c,
  bigNumber: 0x28,
  array: 0x2a,
  set: 0x7e,
  map: 0x25,
  push: 0x3e,
} as const;

const carriageReturn = 0x0d;
const lineFeed = 0x0a;
const minus = 0x2d;

/** Deepest nesting of lists. `CLUSTER SLOTS` needs 4 levels. */
const deepest = 8;
/** Most elements of one reply, nested lists included. The cooldowns of 100,000 deployments have 300,000. */
const mostElements = 1_000_000;
/** Longest string, in bytes. The response cache stores at most 4 Mi characters of up to 3 bytes. */
const longestString = 16 * 1024 * 1024;
/** Longest reply, in bytes. */
const longestReply = 64 * 1024 * 1024;
/** Longest line, in bytes: a status, an error, a number or a length. */
const longestLine = 64 * 1024;
/** Digits of the largest 64-bit integer. */
const mostDigits = 19;
/** Most characters of a double or a big number. */
const longestNumber = 400;

export type ReplyType = "value" | "error" | "array" | "push";

/** What a connection allows. Each function returns a description of the problem, or `undefined` if there is none. */
export interface ReplyRules {
  /** @param index - how many replies in the chunk being scanned ended before this one began */
  readonly begins: (type: ReplyType, index: number) => string | undefined;
  /** @param heads - how many of a list's first two elements are present and not null; 0 for a single value */
  readonly ends: (type: ReplyType, heads: number) => string | undefined;
}

/**
 * Checks replies before ioredis reads them. The parser of ioredis trusts every length it reads, and throws outside of any
 * promise if a reply does not have the shape that its command expects. The contents of strings are skipped.
 */
export class ReplyScanner {
  readonly #rules: ReplyRules;
  /** Bytes of the current string, with its line end, that have not arrived yet. */
  #skip = 0;
  /** The beginning of a line that ends in a later chunk. */
  #line: Buffer | undefined;
  /** How many elements each open list still lacks, outermost first. */
  readonly #open: number[] = [];
  #type: ReplyType = "value";
  #elements = 0;
  #bytes = 0;
  #position = 0;
  #heads = 0;
  #index = 0;

  constructor(rules: ReplyRules) {
    this.#rules = rules;
  }

  /** @returns the problem, if any; the chunk must then not be read and the connection must be closed */
  scan(chunk: Buffer): string | undefined {
    this.#index = 0;
    let at = 0;
    while (at < chunk.length) {
      if (this.#skip > 0) {
        const step = Math.min(this.#skip, chunk.length - at);
        at += step;
        this.#skip -= step;
        if (this.#skip > 0) return undefined;
        const problem = this.#ended(false);
        if (problem !== undefined) return problem;
        continue;
      }
      const end = chunk.indexOf(lineFeed, at);
      if (end === -1) return this.#holdLine(chunk.subarray(at));
      const problem = this.#readLine(chunk, at, end);
      if (problem !== undefined) return problem;
      at = end + 1;
    }
    return undefined;
  }

  #holdLine(part: Buffer): string | undefined {
    // A copy, since the chunk's memory is reused and a slice would keep all of it alive.
    const line = this.#line === undefined ? Buffer.from(part) : Buffer.concat([this.#line, part]);
    if (line.length > longestLine) return "a line without an end";
    this.#line = line;
    return undefined;
  }

  #readLine(chunk: Buffer, from: number, to: number): string | undefined {
    if (this.#line === undefined) return this.#header(chunk, from, to - 1);
    const line = Buffer.concat([this.#line, chunk.subarray(from, to)]);
    this.#line = undefined;
    return this.#header(line, 0, line.length - 1);
  }

  /** @param end - the position where the carriage return of the line must be */
  #header(line: Buffer, start: number, end: number): string | undefined {
    if (end - start > longestLine) return "a line that is too long";
    if (end <= start || line[end] !== carriageReturn) return "a line that does not end with CRLF";
    const first = line[start];
    const begun = this.#open.length > 0 ? undefined : this.#begin(typeOf(first));
    if (begun !== undefined) return begun;
    this.#bytes += end - start;
    switch (first) {
      case type.simpleString:
      case type.error:
        return this.#ended(false);
      case type.integer:
        return isInteger(line, start + 1, end) ? this.#ended(false) : "an invalid integer";
      case type.null:
        return end === start + 1 ? this.#ended(true) : "an invalid null";
      case type.double:
      case type.bigNumber:
        return isNumber(line, start + 1, end) ? this.#ended(false) : "an invalid number";
      case type.boolean:
        return end === start + 2 ? this.#ended(false) : "an invalid boolean";
      case type.bulkString:
      case type.blobError:
      case type.verbatimString:
        return this.#string(lengthIn(line, start + 1, end));
      case type.array:
      case type.set:
      case type.push:
        return this.#list(lengthIn(line, start + 1, end));
      case type.map:
        return this.#list(2 * lengthIn(line, start + 1, end));
      default:
        return "a type that no command expects";
    }
  }

  #begin(kind: ReplyType): string | undefined {
    this.#type = kind;
    this.#elements = 0;
    this.#bytes = 0;
    this.#position = 0;
    this.#heads = 0;
    return this.#rules.begins(kind, this.#index);
  }

  #string(length: number): string | undefined {
    if (length === nullLength) return this.#ended(true);
    this.#bytes += length;
    if (!(length >= 0 && length <= longestString && this.#bytes <= longestReply))
      return "a string with an invalid length";
    this.#skip = length + 2;
    return undefined;
  }

  #list(length: number): string | undefined {
    if (length === nullLength) return this.#ended(true);
    this.#elements += length;
    if (!(length >= 0 && this.#elements <= mostElements)) return "a list with an invalid length";
    if (this.#open.length === deepest) return "lists nested too deeply";
    if (length === 0) return this.#ended(false);
    this.#open.push(length);
    return undefined;
  }

  /** A value has ended, and with it each list whose last element it was. */
  #ended(isNull: boolean): string | undefined {
    const open = this.#open;
    let missing = isNull;
    while (open.length > 0) {
      const last = open.length - 1;
      if (last === 0) {
        if (this.#position < 2 && !missing) this.#heads += 1;
        this.#position += 1;
      }
      const left = (open[last] ?? 1) - 1;
      open[last] = left;
      if (left > 0) return undefined;
      open.pop();
      missing = false;
    }
    this.#index += 1;
    return this.#rules.ends(this.#type, this.#heads);
  }
}

function typeOf(first: number | undefined): ReplyType {
  if (first === type.error || first === type.blobError) return "error";
  if (first === type.array) return "array";
  return first === type.push ? "push" : "value";
}

/** The length in `$-1` and `*-1`, RESP2's nulls. */
const nullLength = -1;

/** A length of at most nine digits, or {@link nullLength}. `NaN`: not a valid length. */
function lengthIn(line: Buffer, from: number, to: number): number {
  if (line[from] === minus) return to === from + 2 && line[from + 1] === 0x31 ? nullLength : Number.NaN;
  if (to === from || to - from > 9) return Number.NaN;
  let length = 0;
  for (let at = from; at < to; at += 1) {
    const digit = (line[at] ?? 0) - 0x30;
    if (digit < 0 || digit > 9) return Number.NaN;
    length = 10 * length + digit;
  }
  return length;
}

function isInteger(line: Buffer, from: number, to: number): boolean {
  const sign = line[from];
  const start = sign === minus || sign === 0x2b ? from + 1 : from;
  if (to === start || to - start > mostDigits) return false;
  for (let at = start; at < to; at += 1) {
    const digit = (line[at] ?? 0) - 0x30;
    if (digit < 0 || digit > 9) return false;
  }
  return true;
}

/** Doubles and big numbers. None of our commands returns them, but the connection's owner may send others. */
function isNumber(line: Buffer, from: number, to: number): boolean {
  if (to - from > longestNumber) return false;
  return /^(?:[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|-?inf|nan)$/u.test(line.toString("latin1", from, to));
}
