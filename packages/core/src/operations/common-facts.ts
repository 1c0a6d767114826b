import { isJsonObject, type JsonObject } from "../json.js";
import { contentLength } from "../content-length.js";
import type { AnswerReads, OperationRow, RequestFault, RequestNeeds } from "./operation-row.js";

// What the rows of several operations read from requests and answers in the same way.

/** What is wrong with the entries of a list in a request: each must be an object. */
export function listProblem(field: string, entries: readonly unknown[]): RequestFault | undefined {
  const index = entries.findIndex((entry) => !isJsonObject(entry));
  if (index < 0) return undefined;
  const path = `${field}[${String(index)}]`;
  return { path, message: `${path} must be an object.` };
}

/** How many choices a request asks for. */
export function choicesAsked({ n }: JsonObject): number {
  return typeof n === "number" && n > 1 ? n : 1;
}

/** The row's `maxOutputTokens`: the limit of a request is for each of its choices. */
export function outputLimitOf(choices: OperationRow["choices"]): OperationRow["maxOutputTokens"] {
  return (request) => {
    const limit = request["max_completion_tokens"] ?? request["max_tokens"];
    return typeof limit === "number" && limit >= 0 ? limit * choices(request) : undefined;
  };
}

/** Whether a request asks for an event with usage at the end of its stream. */
export function asksForUsage({ stream_options: options }: JsonObject): boolean {
  return isJsonObject(options) && options["include_usage"] === true;
}

/**
 * The row's `vendorMetadata` where metadata belongs to stored answers: it is refused without `store`, and takes only
 * strings.
 */
export function storedMetadata(body: JsonObject): JsonObject | undefined {
  return body["store"] === true ? textsOf(body["metadata"]) : undefined;
}

/** The strings among the values of an object: the object itself if all of them are, and `undefined` if none is. */
export function textsOf(values: unknown): JsonObject | undefined {
  if (!isJsonObject(values)) return undefined;
  const all = Object.entries(values);
  const texts = all.filter(([, value]) => typeof value === "string");
  if (texts.length === 0) return undefined;
  return texts.length === all.length ? values : Object.fromEntries(texts);
}

/** The objects in a list of an answer. */
export function objectsIn(value: JsonObject, field: string): readonly JsonObject[] {
  const items = value[field];
  return Array.isArray(items) ? items.filter(isJsonObject) : [];
}

export function errorFault(value: unknown): string | undefined {
  if (!isJsonObject(value)) return "the body is not a JSON object";
  return value["error"] == null ? undefined : "the body is an error";
}

/**
 * The row's `fault` for answers with `choices`: an error in the body or in a choice, or a choice without its `part`.
 */
export function choicesFault(part: string, good: (part: unknown) => boolean): OperationRow["fault"] {
  return (value) => errorFault(value) ?? choiceError(value as JsonObject) ?? listFault(value, "choices", part, good);
}

function choiceError({ choices }: JsonObject): string | undefined {
  if (!Array.isArray(choices)) return undefined;
  // Asked for every answer: a loop allocates nothing.
  for (let index = 0; index < choices.length; index += 1) {
    const choice: unknown = choices[index];
    if (isJsonObject(choice) && choice["error"] != null) return `choices[${String(index)}] is an error`;
  }
  return undefined;
}

/**
 * What is wrong with the list in `field` of an answer: it is missing or empty, or one of its items lacks its `part`.
 */
export function listFault(
  value: unknown,
  field: string,
  part: string,
  good: (part: unknown) => boolean,
): string | undefined {
  const items = (value as JsonObject)[field];
  if (!Array.isArray(items) || items.length === 0) return `the body has no ${field}`;
  for (let index = 0; index < items.length; index += 1) {
    const item: unknown = items[index];
    if (!isJsonObject(item) || !good(item[part])) return `${field}[${String(index)}] has no ${part}`;
  }
  return undefined;
}

/** How answers and events of OpenAI's older APIs are read: they have choices. */
export const choiceReads: AnswerReads = {
  choices: ({ choices }) => (Array.isArray(choices) ? choices : undefined),
  finishReason: (choice) => {
    const reason: unknown = isJsonObject(choice) ? choice["finish_reason"] : undefined;
    // Some hosts send an empty string instead of `null`.
    return typeof reason === "string" && reason !== "" ? reason : undefined;
  },
  usage: ({ usage }) => usage,
  contentLength: ({ choices }) => {
    if (!Array.isArray(choices)) return 0;
    let length = 0;
    for (let index = 0; index < choices.length; index += 1) length += contentLength(choices[index] as JsonObject);
    return length;
  },
  isEvent: ({ error, choices }) => error == null && Array.isArray(choices) && choices.every(isChoice),
  text: (value) => objectsIn(value, "choices").map(textOfChoice).join(""),
};

function textOfChoice({ message, delta, text }: JsonObject): string {
  const part = message ?? delta;
  const content = isJsonObject(part) ? part["content"] : text;
  return typeof content === "string" ? content : "";
}

function isChoice(choice: unknown): boolean {
  return isJsonObject(choice) && (choice["delta"] == null || isJsonObject(choice["delta"]));
}

/** The path of the first entry of a list that is wanted. `undefined`: there is none, or it is not a list. */
export function firstOf(field: string, list: unknown, isWanted: (entry: unknown) => boolean): string | undefined {
  if (!Array.isArray(list)) return undefined;
  const index = list.findIndex(isWanted);
  return index < 0 ? undefined : `${field}[${String(index)}]`;
}

/** The path of the first wanted part in the entries of a list, e.g. `messages[2].content[0]`. */
export function firstWithin(
  field: string,
  list: unknown,
  parts: string,
  isWanted: (part: unknown) => boolean,
): string | undefined {
  if (!Array.isArray(list)) return undefined;
  for (let index = 0; index < list.length; index += 1) {
    const entry: unknown = list[index];
    const path = isJsonObject(entry) ? firstOf(parts, entry[parts], isWanted) : undefined;
    if (path !== undefined) return `${field}[${String(index)}].${path}`;
  }
  return undefined;
}

/** For lists of which any entry is wanted. */
export const isAnything = (): boolean => true;

const no = (): undefined => undefined;

/** For requests that any model can serve. */
export const needsNothing: RequestNeeds = { tools: no, vision: no, jsonSchema: no };
