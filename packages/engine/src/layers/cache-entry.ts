import type { JsonObject } from "@modelyard/core";
import { boundedInstant, isJsonObject, jsonExcess, type OperationRow } from "@modelyard/core/kit";
import type { WholeAnswer } from "../call/store-answer.js";
import type { DeploymentRuntime } from "../plan/deployment-runtime.js";
import { isWhole } from "../attempt/finish-reasons.js";

/**
 * Raised whenever the format changes in a way that older versions would misread. Entries of other versions are misses.
 */
const entryVersion = 1;
/** Limit for entries that are parsed, in characters. Parsing longer ones would delay all other calls. */
const longestEntry = 32 * 1024 * 1024;
/**
 * Limit for the nesting of a stored answer. Vendors' answers have about ten levels; `JSON.stringify` overflows at
 * thousands.
 */
const deepest = 100;
/** Limit for the name of a group or a deployment, in characters. */
const longestName = 4_096;

/** How far the clock of another process may be ahead, in milliseconds. */
const longestSkewMs = 60_000;

/** A stored answer. */
export interface Entry {
  /** When it was stored, milliseconds since the epoch. */
  readonly at: number;
  readonly group: string;
  readonly deploymentId: string | undefined;
  readonly value?: JsonObject;
  readonly chunks?: readonly JsonObject[];
}

/** The facts that an entry is checked against. */
export interface EntryRules {
  readonly row: OperationRow;
  readonly stream: boolean;
  readonly now: number;
  readonly runtimeOf: (deploymentId: string | undefined) => DeploymentRuntime | undefined;
}

export function entryText(entry: Entry): string {
  return JSON.stringify({ version: entryVersion, ...entry });
}

/**
 * Parses and validates an entry. Returns `undefined` if this version would not have written it. The check matters
 * because anyone can write to a shared store, and an answer from there is not checked again before the caller gets it.
 */
export function readEntry(text: string, rules: EntryRules): Entry | undefined {
  if (text.length > longestEntry || jsonExcess(text) !== undefined) return undefined;
  try {
    return entryOf(JSON.parse(text), rules);
  } catch {
    // It is not JSON, or the checks cannot process its shape.
    return undefined;
  }
}

function entryOf(entry: unknown, { row, stream, now, runtimeOf }: EntryRules): Entry | undefined {
  if (!isJsonObject(entry) || entry["version"] !== entryVersion || isDeeper(entry, deepest)) return undefined;
  const { group, deploymentId, value, chunks } = entry;
  const at = boundedInstant(entry["at"], now);
  if (at === undefined || at > now + longestSkewMs || !isName(group)) return undefined;
  if (deploymentId !== undefined && !isName(deploymentId)) return undefined;
  const base = { at, group, deploymentId };
  const runtime = runtimeOf(deploymentId);
  if (stream) {
    if (!isChunks(chunks, row) || !isCacheable({ chunks }, row, runtime)) return undefined;
    return { ...base, chunks };
  }
  return isJsonObject(value) && isCacheable({ value }, row, runtime) ? { ...base, value } : undefined;
}

/** Whether an answer is complete, valid and not empty. */
export function isCacheable(answer: WholeAnswer, row: OperationRow, runtime: DeploymentRuntime | undefined): boolean {
  const whole = "value" in answer ? answer.value : row.assemble?.(answer.chunks);
  return whole !== undefined && row.fault(whole) === undefined && !row.empty(whole) && isWhole(whole, row, runtime);
}

function isName(name: unknown): name is string {
  return typeof name === "string" && name !== "" && name.length <= longestName;
}

function isChunks(chunks: unknown, { reads }: OperationRow): chunks is readonly JsonObject[] {
  return (
    Array.isArray(chunks) && chunks.length > 0 && chunks.every((chunk) => isJsonObject(chunk) && reads.isEvent(chunk))
  );
}

/** Whether arrays and objects are nested more than `left` levels deep. */
function isDeeper(value: object, left: number): boolean {
  if (left === 0) return true;
  const parts: readonly unknown[] = Array.isArray(value) ? value : Object.values(value);
  for (const part of parts) if (typeof part === "object" && part !== null && isDeeper(part, left - 1)) return true;
  return false;
}
