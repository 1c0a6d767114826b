import {
  type BenchMark,
  boundedInstant,
  boundedWait,
  isJsonObject,
  largestCount,
  type LimitSpec,
  type ReserveReply,
} from "@modelyard/core";
import { BadReplyError } from "./errors.js";

/**
 * What scripts answer, read with doubt. A reply of another shape counts as no reply: the sender is not the Redis
 * that our scripts run on, so limits are local until the right one answers.
 */

/** Most processes that are believed to share limits. */
const mostProcesses = 100_000;
/** Longest id and reason of a mark that is read, in characters. */
const longestName = 1_024;

function wrong(script: string): BadReplyError {
  return new BadReplyError(`something else than what the script ${script} answers`);
}

/** @returns the numbers of a list of at least `least` */
function numbers(reply: unknown, least: number, script: string): readonly number[] {
  if (!Array.isArray(reply) || reply.length < least || !reply.every(Number.isFinite)) throw wrong(script);
  return reply as readonly number[];
}

/** A list of texts, which is how scripts answer with fractions. */
function texts(reply: unknown, script: string): readonly string[] {
  if (!Array.isArray(reply) || !reply.every((part) => typeof part === "string")) throw wrong(script);
  return reply;
}

/** A refusal is `0`, the number of the limit that refused, and a wait, of which -1 is never. */
function refusal(reply: readonly number[], limits: readonly LimitSpec[], script: string): ReserveReply {
  const [, position = 0, wait] = reply;
  const limit = limits[position - 1]?.name;
  const retryAfterMs = wait === -1 ? Number.POSITIVE_INFINITY : boundedWait(wait);
  if (limit === undefined || retryAfterMs === undefined) throw wrong(script);
  return { granted: false, limit, retryAfterMs };
}

/** @throws {@link BadReplyError} */
export function readReservation(reply: unknown, limits: readonly LimitSpec[]): ReserveReply {
  const list = numbers(reply, 1, "reserve");
  if (list[0] === 1) return { granted: true };
  if (list[0] !== 0) throw wrong("reserve");
  return refusal(list, limits, "reserve");
}

/** One limit of a slice: the window that it belongs to, and what was granted of it. */
export interface LeasedWindow {
  readonly window: number;
  readonly grant: number;
}

export type LeaseReply =
  | { readonly kind: "granted"; readonly lastsMs: number; readonly windows: readonly LeasedWindow[] }
  | { readonly kind: "refused"; readonly refusal: Extract<ReserveReply, { granted: false }> }
  /** The step is over: a later one was carried out. */
  | { readonly kind: "past" };

/** @throws {@link BadReplyError} */
export function readLease(reply: unknown, limits: readonly LimitSpec[]): LeaseReply {
  const list = numbers(reply, 1, "lease");
  if (list[0] === 2) return { kind: "past" };
  if (list[0] === 0) {
    return { kind: "refused", refusal: refusal(list, limits, "lease") as Extract<ReserveReply, { granted: false }> };
  }
  const lastsMs = boundedWait(list[1]);
  if (list[0] !== 1 || lastsMs === undefined || list.length !== 2 + 2 * limits.length) throw wrong("lease");
  const windows = limits.map(({ limit }, index) => {
    const [window = -1, grant = -1] = list.slice(2 + 2 * index);
    if (window < 0 || grant < 0 || grant > limit) throw wrong("lease");
    return { window, grant };
  });
  return { kind: "granted", lastsMs, windows };
}

/** What a script says with 1 or 0. @throws {@link BadReplyError} */
export function readFlag(reply: unknown): boolean {
  if (reply !== 0 && reply !== 1) throw new BadReplyError("neither 1 nor 0");
  return reply === 1;
}

/** How much of each limit is taken. @throws {@link BadReplyError} */
export function readUsed(reply: unknown, count: number): readonly number[] {
  const used = texts(reply, "used").map(Number);
  if (used.length !== count || !used.every((amount) => Number.isFinite(amount) && amount >= 0)) throw wrong("used");
  return used.map((amount) => Math.min(amount, largestCount));
}

/** The time until which a deployment is in cooldown. @throws {@link BadReplyError} */
export function readUntil(reply: unknown, now: number): number {
  const until = typeof reply === "string" ? boundedInstant(Number(reply), now) : undefined;
  if (until === undefined) throw wrong("bench");
  return until;
}

/** Marks, three values each; one that names no time is passed over. @throws {@link BadReplyError} */
export function readMarks(reply: unknown, now: number): readonly BenchMark[] {
  const values = texts(reply, "benches");
  if (values.length % 3 !== 0) throw wrong("benches");
  const marks: BenchMark[] = [];
  for (let index = 0; index < values.length; index += 3) {
    const mark = markOf(values[index], Number(values[index + 1]), values[index + 2], now);
    if (mark !== undefined) marks.push(mark);
  }
  return marks;
}

/** @returns how many processes live, and the marks in force @throws {@link BadReplyError} */
export function readBeat(reply: unknown, now: number): readonly [processes: number, marks: readonly BenchMark[]] {
  const [count, ...marks] = texts(reply, "beat");
  const processes = Number(count);
  if (!(Number.isInteger(processes) && processes >= 0 && processes <= mostProcesses)) throw wrong("beat");
  return [processes, readMarks(marks, now)];
}

/** A published mark, or `undefined` if it is not valid. */
export function readMark(message: string, now: number): BenchMark | undefined {
  try {
    const mark: unknown = JSON.parse(message);
    return isJsonObject(mark) ? markOf(mark["deploymentId"], mark["until"], mark["reason"], now) : undefined;
  } catch {
    return undefined;
  }
}

function markOf(deploymentId: unknown, until: unknown, reason: unknown, now: number): BenchMark | undefined {
  const end = boundedInstant(until, now);
  if (end === undefined || !isName(deploymentId) || !isName(reason)) return undefined;
  return { deploymentId, until: end, reason };
}

function isName(value: unknown): value is string {
  return typeof value === "string" && value.length <= longestName;
}
