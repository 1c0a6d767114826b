import {
  type DeploymentCooldown,
  boundedInstant,
  boundedWait,
  isJsonObject,
  largestCount,
  type LimitSpec,
  type ReserveReply,
} from "@modelyard/core/kit";
import { BadReplyError } from "./errors.js";

/**
 * Reads the replies of the scripts. A reply of an unexpected shape counts as an outage, since it did not come from a
 * Redis
 * that ran our script. Limits are then local until a valid reply arrives.
 */

/** Limit for the number of processes that a reply may report. */
const mostProcesses = 100_000;
/** Longest deployment id or reason in a cooldown, in characters. */
const longestName = 1_024;

function wrong(script: string): BadReplyError {
  return new BadReplyError(`an invalid reply to the script ${script}`);
}

/** @param least - the least number of elements @throws {@link BadReplyError} */
function numbers(reply: unknown, least: number, script: string): readonly number[] {
  if (!Array.isArray(reply) || reply.length < least || !reply.every(Number.isFinite)) throw wrong(script);
  return reply as readonly number[];
}

/**
 * A list of strings. Scripts return fractions as strings, since Redis truncates numbers.
 * @throws {@link BadReplyError}
 */
function strings(reply: unknown, script: string): readonly string[] {
  if (!Array.isArray(reply) || !reply.every((part) => typeof part === "string")) throw wrong(script);
  return reply;
}

/** Reads `0`, the number of the limit that refused, and the wait in ms; -1 means that waiting does not help. */
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

/** One limit's part of a grant: the window it was taken from and the amount. */
export interface LeasedWindow {
  readonly window: number;
  readonly grant: number;
}

export type LeaseReply =
  | { readonly kind: "granted"; readonly lastsMs: number; readonly windows: readonly LeasedWindow[] }
  | { readonly kind: "refused"; readonly refusal: Extract<ReserveReply, { granted: false }> }
  /** The step was outdated: a later one has been carried out. */
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

/** Reads 1 or 0. @throws {@link BadReplyError} */
export function readFlag(reply: unknown): boolean {
  if (reply !== 0 && reply !== 1) throw new BadReplyError("neither 1 nor 0");
  return reply === 1;
}

/** Reads how much of each limit is used. @throws {@link BadReplyError} */
export function readUsed(reply: unknown, count: number): readonly number[] {
  const used = strings(reply, "used").map(Number);
  if (used.length !== count || !used.every((amount) => Number.isFinite(amount) && amount >= 0)) throw wrong("used");
  return used.map((amount) => Math.min(amount, largestCount));
}

/** Reads the time until which a deployment is in cooldown. @throws {@link BadReplyError} */
export function readUntil(reply: unknown, now: number): number {
  const until = typeof reply === "string" ? boundedInstant(Number(reply), now) : undefined;
  if (until === undefined) throw wrong("startCooldown");
  return until;
}

/** Reads cooldowns, three values each. Those without a valid time are skipped. @throws {@link BadReplyError} */
export function readCooldowns(reply: unknown, now: number): readonly DeploymentCooldown[] {
  const values = strings(reply, "cooldowns");
  if (values.length % 3 !== 0) throw wrong("cooldowns");
  const cooldowns: DeploymentCooldown[] = [];
  for (let index = 0; index < values.length; index += 3) {
    const cooldown = cooldownFrom(values[index], Number(values[index + 1]), values[index + 2], now);
    if (cooldown !== undefined) cooldowns.push(cooldown);
  }
  return cooldowns;
}

/** @returns how many processes are alive, and the cooldowns in force @throws {@link BadReplyError} */
export function readBeat(
  reply: unknown,
  now: number,
): readonly [processes: number, cooldowns: readonly DeploymentCooldown[]] {
  const [count, ...cooldowns] = strings(reply, "beat");
  const processes = Number(count);
  if (!(Number.isInteger(processes) && processes >= 0 && processes <= mostProcesses)) throw wrong("beat");
  return [processes, readCooldowns(cooldowns, now)];
}

/** Reads a published cooldown; `undefined` if the message is not valid. */
export function readCooldown(message: string, now: number): DeploymentCooldown | undefined {
  try {
    const cooldown: unknown = JSON.parse(message);
    return isJsonObject(cooldown)
      ? cooldownFrom(cooldown["deploymentId"], cooldown["until"], cooldown["reason"], now)
      : undefined;
  } catch {
    return undefined;
  }
}

function cooldownFrom(
  deploymentId: unknown,
  until: unknown,
  reason: unknown,
  now: number,
): DeploymentCooldown | undefined {
  const end = boundedInstant(until, now);
  if (end === undefined || !isName(deploymentId) || !isName(reason)) return undefined;
  return { deploymentId, until: end, reason };
}

function isName(value: unknown): value is string {
  return typeof value === "string" && value.length <= longestName;
}
