import {
  type ErrorKind,
  type FinishMeaning,
  isFailure,
  isJsonObject,
  type JsonObject,
  meaningOf,
  type OperationRow,
  type StreamPart,
} from "@modelyard/core";
import type { DeploymentRuntime } from "../state/deployment-runtime.js";

/** What a finish reason means for one operation at one deployment. */
export function meaningAt(reason: string, row: OperationRow, runtime: DeploymentRuntime): FinishMeaning | undefined {
  return meaningOf(reason, row.finishReasons, runtime.finishReasons);
}

/** The finish reasons of some choices. Some hosts write an empty string where others write `null`. */
export function* reasonsIn(choices: unknown): Generator<string> {
  if (!Array.isArray(choices)) return;
  for (const choice of choices as readonly unknown[]) {
    const reason = isJsonObject(choice) ? choice["finish_reason"] : undefined;
    if (typeof reason === "string" && reason !== "") yield reason;
  }
}

/** The finish reasons that arrived with a part of a stream. */
export function reasonsOfPart(part: StreamPart): readonly string[] {
  if (part.finishReasons !== undefined) return part.finishReasons;
  if (part.finished <= 0) return none;
  return (part.chunks as unknown as readonly JsonObject[]).flatMap((chunk) => [...reasonsIn(chunk["choices"])]);
}

const none: readonly string[] = [];

/**
 * Whether every choice of an answer was finished by the model or by a limit of tokens: not open, not blocked, and not
 * ended by a word that nobody knows. Only such answers are cached.
 */
export function isWhole(value: JsonObject, row: OperationRow, runtime: DeploymentRuntime | undefined): boolean {
  const choices = value["choices"];
  if (!Array.isArray(choices)) return true;
  return choices.every((choice) => {
    const reason: unknown = isJsonObject(choice) ? choice["finish_reason"] : undefined;
    if (typeof reason !== "string") return false;
    const meaning = meaningOf(reason, row.finishReasons, runtime?.finishReasons);
    return meaning === "complete" || meaning === "cut";
  });
}

/** Whether the vendor's filter blocked all choices of an answer. */
export function whollyFiltered(value: JsonObject, row: OperationRow, runtime: DeploymentRuntime): boolean {
  const choices = value["choices"];
  if (!Array.isArray(choices) || choices.length === 0) return false;
  return choices.every((choice) => {
    const reason: unknown = isJsonObject(choice) ? choice["finish_reason"] : undefined;
    return typeof reason === "string" && meaningAt(reason, row, runtime) === "filtered";
  });
}

/** A finish reason that makes a failure of an answer, and the kind of that failure. */
export interface FinishFault {
  readonly reason: string;
  readonly kind: ErrorKind;
}

/**
 * The first finish reason that makes a failure of what it ends.
 * @param usable - whether anything usable came with it: then a word that nobody knows is no failure
 */
export function finishFault(
  reasons: Iterable<string>,
  row: OperationRow,
  runtime: DeploymentRuntime,
  usable: () => boolean,
): FinishFault | undefined {
  for (const reason of reasons) {
    const meaning = meaningAt(reason, row, runtime);
    if (isFailure(meaning)) return { reason, kind: meaning };
    if (meaning === undefined && !usable()) return { reason, kind: "invalid_response" };
  }
  return undefined;
}
