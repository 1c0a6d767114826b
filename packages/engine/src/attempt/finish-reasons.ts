import type { ErrorKind, JsonObject } from "@modelyard/core";
import { type FinishMeaning, finishMeaning, isFailure, type OperationRow, type StreamPart } from "@modelyard/core/kit";
import type { DeploymentRuntime } from "../plan/deployment-runtime.js";

/**
 * The meaning of a finish reason for one operation at one deployment. The tables of the deployment and its host win.
 * @param reason - as the vendor wrote it
 * @returns `undefined` if it is unknown, in which case an answer counts as successful if it has usable content
 */
export function meaningAt(
  reason: string,
  { finishReasons: known }: OperationRow,
  runtime: DeploymentRuntime | undefined,
): FinishMeaning | undefined {
  const own = runtime?.finishReasons;
  // Most reasons are in the table as the vendor wrote them, and this lookup allocates nothing.
  if (own === undefined && Object.hasOwn(known, reason)) return known[reason];
  return finishMeaning(reason, known, own);
}

/** The finish reasons of an answer or an event. */
export function reasonsIn(value: JsonObject, { reads }: OperationRow): readonly string[] {
  return reads.choices(value)?.flatMap((choice) => reads.finishReason(choice) ?? []) ?? none;
}

/**
 * Whether all finish reasons of an answer are ordinary, so that they need no further check. This runs for every answer,
 * so it allocates nothing; collecting the reasons took 0.9 KB (bench/src/guard).
 */
export function endsOrdinarily(value: JsonObject, row: OperationRow, runtime: DeploymentRuntime): boolean {
  const { reads } = row;
  const choices = reads.choices(value);
  if (choices === undefined) return true;
  for (let index = 0; index < choices.length; index += 1) {
    const reason = reads.finishReason(choices[index]);
    if (reason === undefined) continue;
    const meaning = meaningAt(reason, row, runtime);
    if (meaning !== "complete" && meaning !== "cut") return false;
  }
  return true;
}

/** The finish reasons of a part of a stream. They are only searched for in its chunks if the provider counted some. */
export function reasonsOfPart(part: StreamPart, row: OperationRow): readonly string[] {
  return part.finishReasons === undefined && part.finished <= 0 ? none : writtenReasons(part, row);
}

/** The same, but ignores the count, which is also 0 if a part revokes one finish reason and adds another. */
export function writtenReasons(part: StreamPart, row: OperationRow): readonly string[] {
  if (part.finishReasons !== undefined) return part.finishReasons;
  return (part.chunks as unknown as readonly JsonObject[]).flatMap((chunk) => reasonsIn(chunk, row));
}

const none: readonly string[] = [];

/**
 * Whether every choice of an answer was finished by the model or by a token limit, as opposed to unfinished, blocked,
 * or ended with an unknown finish reason. Only such answers are cached.
 */
export function isWhole(value: JsonObject, row: OperationRow, runtime: DeploymentRuntime | undefined): boolean {
  const choices = row.reads.choices(value);
  if (choices === undefined) return true;
  return choices.every((choice) => {
    const reason = row.reads.finishReason(choice);
    if (reason === undefined) return false;
    const meaning = meaningAt(reason, row, runtime);
    return meaning === "complete" || meaning === "cut";
  });
}

/** Whether the vendor's filter blocked all choices of an answer. */
export function whollyFiltered(value: JsonObject, row: OperationRow, runtime: DeploymentRuntime): boolean {
  const choices = row.reads.choices(value);
  if (choices === undefined || choices.length === 0) return false;
  return choices.every((choice) => {
    const reason = row.reads.finishReason(choice);
    return reason !== undefined && meaningAt(reason, row, runtime) === "filtered";
  });
}

/**
 * Whether one of these parts was blocked by the vendor's filter. This runs for every stream, so it allocates nothing.
 */
export function isBlocked(
  parts: readonly StreamPart[],
  { call, runtime }: { readonly call: { readonly row: OperationRow }; readonly runtime: DeploymentRuntime },
): boolean {
  for (let at = 0; at < parts.length; at += 1) {
    const part = parts[at];
    if (part === undefined || part.finished <= 0) continue;
    const reasons = reasonsOfPart(part, call.row);
    for (let index = 0; index < reasons.length; index += 1)
      if (meaningAt(reasons[index] ?? "", call.row, runtime) === "filtered") return true;
  }
  return false;
}

/** A finish reason that means a failure, with the kind of that failure. */
export interface FinishFault {
  readonly reason: string;
  readonly kind: ErrorKind;
}

/**
 * Finds the first finish reason that means a failure.
 * @param usable - whether the answer has usable content, in which case an unknown finish reason is not a failure
 */
export function finishFault(
  reasons: readonly string[],
  row: OperationRow,
  runtime: DeploymentRuntime,
  usable: boolean,
): FinishFault | undefined {
  for (let index = 0; index < reasons.length; index += 1) {
    const reason = reasons[index] ?? "";
    const meaning = meaningAt(reason, row, runtime);
    if (isFailure(meaning)) return { reason, kind: meaning };
    if (meaning === undefined && !usable) return { reason, kind: "invalid_response" };
  }
  return undefined;
}
