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

/** Where a stored answer came from. */
export interface EntryHead {
  /** When it was stored, milliseconds since the epoch. */
  readonly at: number;
  readonly group: string;
  readonly deploymentId: string | undefined;
}

/** A stored answer. */
export interface Entry extends EntryHead {
  readonly value?: JsonObject;
  /** The JSON of `value` as the vendor wrote it, whose numbers may be longer than those of JavaScript. */
  readonly text?: string | undefined;
  readonly chunks?: readonly JsonObject[];
}

/** The facts that an entry is checked against. */
export interface EntryRules {
  readonly row: OperationRow;
  readonly stream: boolean;
  readonly now: number;
  readonly runtimeOf: (deploymentId: string | undefined) => DeploymentRuntime | undefined;
}

/** Begins the answer, which ends the entry. Quotes within strings are escaped, so that no string contains this. */
const beforeValue = ',"value":';

const decoder = new TextDecoder();

export function entryText(head: EntryHead, answer: WholeAnswer): string {
  const about = { version: entryVersion, ...head };
  if ("chunks" in answer) return JSON.stringify({ ...about, ...answer });
  const { value, bytes } = answer;
  const text = bytes === undefined ? JSON.stringify(value) : typeof bytes === "string" ? bytes : decoder.decode(bytes);
  return `${JSON.stringify(about).slice(0, -1)}${beforeValue}${text}}`;
}

/**
 * Parses and validates an entry. Returns `undefined` if this version would not have written it. The check matters
 * because anyone can write to a shared store, and an answer from there is not checked again before the caller gets it.
 */
export function readEntry(text: string, rules: EntryRules): Entry | undefined {
  if (text.length > longestEntry || jsonExcess(text) !== undefined) return undefined;
  try {
    return entryOf(rules.stream ? JSON.parse(text) : parsed(text), rules);
  } catch {
    // It is not JSON, or the checks cannot process its shape.
    return undefined;
  }
}

/** The fields of an entry with a plain answer, and the answer's JSON. @throws if either is not JSON */
function parsed(text: string): unknown {
  const at = text.indexOf(beforeValue);
  if (at === -1 || !text.endsWith("}")) return JSON.parse(text);
  const answer = text.slice(at + beforeValue.length, -1);
  const head: unknown = JSON.parse(`${text.slice(0, at)}}`);
  const value: unknown = JSON.parse(answer);
  return isJsonObject(head) ? { ...head, value, text: answer } : head;
}

function entryOf(entry: unknown, { row, stream, now, runtimeOf }: EntryRules): Entry | undefined {
  if (!isJsonObject(entry) || entry["version"] !== entryVersion || isDeeper(entry, deepest)) return undefined;
  const { group, deploymentId, value, text, chunks } = entry;
  const at = boundedInstant(entry["at"], now);
  if (at === undefined || at > now + longestSkewMs || !isName(group)) return undefined;
  if (deploymentId !== undefined && !isName(deploymentId)) return undefined;
  const base = { at, group, deploymentId };
  const runtime = runtimeOf(deploymentId);
  if (stream) {
    if (!isChunks(chunks, row) || !isCacheable({ chunks }, row, runtime)) return undefined;
    return { ...base, chunks };
  }
  if (!isJsonObject(value) || !isCacheable({ value }, row, runtime)) return undefined;
  return { ...base, value, text: typeof text === "string" ? text : undefined };
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
