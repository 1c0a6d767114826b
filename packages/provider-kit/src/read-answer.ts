import type { JsonObject } from "@modelyard/core";
import {
  type FailedCall,
  isJsonObject,
  jsonExcess,
  type MaybePromise,
  nextTurn,
  type TransportResponse,
} from "@modelyard/core/kit";
import { bodyType, encodingOf, longestAnswer, longestFailure } from "./body.js";
import { textOf } from "./vendor-failure/failure-words.js";
import { pageTitle } from "./vendor-failure/readable-text.js";

/** A plain answer, or what the vendor sent instead. */
export type ReadAnswer =
  | { readonly value: unknown; readonly text: string; readonly wrong?: undefined }
  | { readonly wrong: WrongBody };

const decoder = new TextDecoder();

/** Longer answers are decoded, checked and parsed in separate turns of the event loop, in bytes. */
const longAnswer = 256 * 1024;

/**
 * Reads the body of a plain answer by its content, whatever its content type says.
 * @param bytes - at most a little more than `longestAnswer`
 */
export function readAnswer(response: TransportResponse, bytes: Uint8Array): MaybePromise<ReadAnswer> {
  if (bytes.length > longestAnswer)
    return { wrong: { problem: `an answer of more than ${String(longestAnswer / 1024 / 1024)} MB` } };
  if (bytes.length > longAnswer) return readLong(response, bytes);
  const text = decoder.decode(bytes);
  return excessOf(text) ?? parse(response, text);
}

async function readLong(response: TransportResponse, bytes: Uint8Array): Promise<ReadAnswer> {
  await nextTurn();
  const text = decoder.decode(bytes);
  await nextTurn();
  const excess = excessOf(text);
  if (excess !== undefined) return excess;
  await nextTurn();
  return parse(response, text);
}

function excessOf(text: string): ReadAnswer | undefined {
  const excess = jsonExcess(text);
  return excess === undefined ? undefined : { wrong: { problem: `an answer that ${excess}` } };
}

function parse(response: TransportResponse, text: string): ReadAnswer {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The parser's error quotes the body, which may contain a key or a prompt, so it is not kept as the cause.
    return { wrong: wrongBody(response, text, "an answer") };
  }
  return isFailureBody(value) ? { wrong: { failure: text, problem: "a failure" } } : { value, text };
}

/** The kind of a body, judging by how it begins. */
export type BodyShape = "events" | "json" | "page" | "other";

const fields = ["data:", "event:", "id:", "retry:"] as const;

/** The kind of a body that begins like this, whatever its content type is. `undefined`: more of it is needed. */
export function bodyShape(start: string): BodyShape | undefined {
  const text = start.replace(/^\uFEFF?\s*/u, "");
  if (text === "") return undefined;
  if (text.startsWith("{") || text.startsWith("[")) return "json";
  if (text.startsWith("<")) return "page";
  if (text.startsWith(":") || fields.some((field) => text.startsWith(field))) return "events";
  return fields.some((field) => field.startsWith(text)) ? undefined : "other";
}

/** What a body with a good status is, if it is not what was requested. */
export interface WrongBody {
  /** The JSON text of a failure. */
  readonly failure?: string;
  /** What the vendor sent, for a sentence such as "openai sent ...". It may quote a key. */
  readonly problem: string;
}

/** Whether a parsed body is a failure, in any of the shapes that vendors use, and not an answer. */
export function isFailureBody(value: unknown): boolean {
  const found: unknown = Array.isArray(value) ? (value as readonly unknown[])[0] : value;
  if (!isJsonObject(found)) return false;
  if (found["error"] != null || found["type"] === "error" || isMiniMaxFailure(found["base_resp"])) return true;
  const answers = found["choices"] ?? found["content"] ?? found["data"];
  return answers == null && reasons.some((name) => isSaid(found[name]));
}

/**
 * The error in a choice, in place of an answer. This is how OpenRouter reports failures of the hosts behind it.
 * @returns an object with that `error`, like the body of a failure; `undefined`: no choice failed
 */
export function failedChoice(choices: unknown): JsonObject | undefined {
  if (!Array.isArray(choices)) return undefined;
  // Called for every answer and most events. A loop over indexes allocates nothing.
  for (let index = 0; index < choices.length; index += 1) {
    const choice: unknown = choices[index];
    if (isJsonObject(choice) && choice["error"] != null) return { error: choice["error"] };
  }
  return undefined;
}

/** Fields in which a body without an answer says why there is none. */
const reasons = ["message", "detail", "errors", "msg", "error_msg", "error_message"] as const;

/** MiniMax sends this with every answer; 0 means success. Source: https://platform.minimax.io/docs/api-reference/errorcode. */
function isMiniMaxFailure(base: unknown): boolean {
  return isJsonObject(base) && typeof base["status_code"] === "number" && base["status_code"] !== 0;
}

function isSaid(value: unknown): boolean {
  return (typeof value === "string" && value !== "") || (Array.isArray(value) && value.length > 0);
}

/** The data of the first event that reports a failure, among the first 200 lines of a text. */
function failedEvent(text: string): string | undefined {
  for (const line of text.slice(0, longestFailure).split(/\r?\n|\r/u, 200)) {
    if (!line.startsWith("data:")) continue;
    const data = line.slice(5).trim();
    if (parsedFailure(data)) return data;
  }
  return undefined;
}

function parsedFailure(text: string): boolean {
  try {
    return isFailureBody(JSON.parse(text));
  } catch {
    return false;
  }
}

/** @param text - the body's text, or its beginning */
export function wrongBody(response: TransportResponse, text: string, wanted: "events" | "an answer"): WrongBody {
  const shape = encodingOf(response) === undefined ? bodyShape(text) : "other";
  const type = bodyType(response);
  if (shape === "page") {
    const title = pageTitle(text);
    const named = title === undefined ? type : `"${title.slice(0, 200)}"`;
    return { problem: `a web page (${named}) where ${asked[wanted]}` };
  }
  if (shape === "events") {
    const failure = failedEvent(text);
    const problem = `events where ${asked[wanted]}`;
    return failure === undefined ? { problem } : { failure, problem };
  }
  if (wanted === "an answer") return { problem: `a good status, but its body (${type}) is not JSON` };
  const problem = `a body (${type}) where ${asked[wanted]}`;
  if (shape !== "json") return { problem };
  // A body that was cut off is not valid JSON any more.
  const failed = parsedFailure(text) || (text.length >= longestFailure - 4 && text.includes('"error"'));
  return failed ? { failure: text, problem } : { problem };
}

const asked = { events: "events were requested", "an answer": "an answer was requested" } as const;

const longestId = 100;
const plainId = /^[\u0021-\u007E]{1,100}$/u;

/**
 * The vendor's id of a call, short and printable, so that it can be logged and passed on.
 * @param answer - a response, or anything else that has headers
 */
export function requestIdIn(answer: Pick<FailedCall, "header">, names: readonly string[]): string | undefined {
  // A loop over indexes, since an iterator would be one more object for every answer.
  for (let index = 0; index < names.length; index += 1) {
    const written = answer.header(names[index] ?? "");
    if (written == null) continue;
    if (plainId.test(written)) return written;
    const id = textOf(written.slice(0, longestId * 2).replaceAll(/[^\u0020-\u007E]/gu, ""));
    if (id !== undefined) return id.slice(0, longestId);
  }
  return undefined;
}
