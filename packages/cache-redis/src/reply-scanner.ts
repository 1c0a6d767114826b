/** Types of RESP2 and RESP3 that our commands are answered with, by their first byte. */
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

/** Deepest nesting of lists. `CLUSTER SLOTS` needs 4. */
const deepest = 8;
/** Most elements of one reply, those of nested lists included. Marks of a hundred thousand deployments are 300,000. */
const mostElements = 1_000_000;
/** Most bytes of one string. The response cache stores at most 4 Mi characters, of at most 3 bytes each. */
const longestString = 16 * 1024 * 1024;
/** Most bytes of one reply in all. */
const longestReply = 64 * 1024 * 1024;
/** Most bytes of a line: a status, an error, a number or a length. */
const longestLine = 64 * 1024;
/** Digits of the largest 64-bit number. */
const mostDigits = 19;
/** Most characters of a double or a big number. */
const longestNumber = 400;

export type ReplyType = "value" | "error" | "array" | "push";

/** What a connection expects. Each function returns what is wrong, or `undefined`. */
export interface ReplyRules {
  /** @param index - how many replies of the chunk that is being scanned began and ended before this one */
  readonly begins: (type: ReplyType, index: number) => string | undefined;
  /** @param heads - how many of a list's first two elements are there and not null; 0 for a single value */
  readonly ends: (type: ReplyType, heads: number) => string | undefined;
}

/**
 * Checks the replies of Redis before ioredis reads them. Its parser trusts every length it reads, and throws outside
 * of any promise when a reply does not have the shape that the command calls for. Strings are skipped, not read.
 */
export class ReplyScanner {
  readonly #rules: ReplyRules;
  /** Bytes of a string, with its line end, that are still to come. */
  #skip = 0;
  /** The beginning of a line whose end is in a later chunk. */
  #line: Buffer | undefined;
  /** Elements still to come in each open list, outermost first. */
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

  /** @returns what is wrong; then the chunk must not be read, and the connection cannot be used any more */
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
    // A copy: the chunk's memory is used again, and one byte of it would keep all of it alive.
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

  /** @param end - where the line's carriage return must be */
  #header(line: Buffer, start: number, end: number): string | undefined {
    if (end - start > longestLine) return "a line that is too long";
    if (end <= start || line[end] !== carriageReturn) return "a line that does not end as it must";
    const first = line[start];
    const begun = this.#open.length > 0 ? undefined : this.#begin(typeOf(first));
    if (begun !== undefined) return begun;
    this.#bytes += end - start;
    switch (first) {
      case type.simpleString:
      case type.error:
        return this.#ended(false);
      case type.integer:
        return isInteger(line, start + 1, end) ? this.#ended(false) : "a number that is not one";
      case type.null:
        return end === start + 1 ? this.#ended(true) : "a null that is not one";
      case type.double:
      case type.bigNumber:
        return isNumber(line, start + 1, end) ? this.#ended(false) : "a number that is not one";
      case type.boolean:
        return end === start + 2 ? this.#ended(false) : "a boolean that is not one";
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
        return "a type that no command asks for";
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
    if (!(length >= 0 && length <= longestString && this.#bytes <= longestReply)) return "a string of such a length";
    this.#skip = length + 2;
    return undefined;
  }

  #list(length: number): string | undefined {
    if (length === nullLength) return this.#ended(true);
    this.#elements += length;
    if (!(length >= 0 && this.#elements <= mostElements)) return "a list of such a length";
    if (this.#open.length === deepest) return "lists nested too deep";
    if (length === 0) return this.#ended(false);
    this.#open.push(length);
    return undefined;
  }

  /** A value is whole, and with it the lists whose last element it was. */
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

/** What `$-1` and `*-1` say. */
const nullLength = -1;

/** A length of at most nine digits, or {@link nullLength}; `NaN`: it is neither. */
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

/** Doubles and big numbers. Of our own commands none is answered with them, but a connection may be used for others. */
function isNumber(line: Buffer, from: number, to: number): boolean {
  if (to - from > longestNumber) return false;
  return /^(?:[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|-?inf|nan)$/u.test(line.toString("latin1", from, to));
}
