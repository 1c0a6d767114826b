import type { JsonObject } from "@modelyard/core";
import { callerBounds, createError, isJsonObject, longestWaitMs } from "@modelyard/core/kit";

/** The error that all readers below throw. @returns a `bad_request` that names the field */
export function wrong(field: string, problem: string): Error {
  return createError({ kind: "bad_request", message: `${field} ${problem}`, param: field });
}

/** Reads a number of seconds. @returns milliseconds, at most `most` */
export function seconds(field: string, value: unknown, most: number = longestWaitMs): number {
  const amount = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  if (typeof amount !== "number" || !Number.isFinite(amount) || amount < 0)
    throw wrong(field, "must be a number of seconds, at least 0.");
  return Math.min(amount * 1000, most);
}

/** Larger numbers are mistakes, because no request can mean a million retries. The header allows as many digits. */
const largestWhole = 9_999;

export function whole(field: string, value: unknown, least = 0): number {
  if (typeof value !== "number" || !Number.isInteger(value) || value < least || value > largestWhole)
    throw wrong(field, `must be a whole number from ${String(least)} to ${String(largestWhole)}.`);
  return value;
}

export function texts(field: string, value: unknown): readonly string[] {
  if (Array.isArray(value)) atMost(field, value.length, callerBounds.listItems, "entries");
  if (!Array.isArray(value) || !value.every((item) => typeof item === "string"))
    throw wrong(field, "must be a list of strings.");
  return value;
}

/** @throws `bad_request` that names the field and the limit */
export function atMost(field: string, count: number, most: number, what: string): void {
  if (count > most)
    throw wrong(field, `has ${String(count)} ${what}, more than the ${String(most)} that a request may have.`);
}

export function object(field: string, value: unknown): JsonObject {
  if (!isJsonObject(value)) throw wrong(field, "must be an object.");
  return value;
}
