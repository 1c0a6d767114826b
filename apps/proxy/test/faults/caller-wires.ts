import { type ErrorKind, errorKinds } from "@modelyard/core";
import { isJsonObject } from "@modelyard/core/kit";

import type { WireName } from "./fault.js";

type Fields = Readonly<Record<string, unknown>>;

/** What a caller of one wire reads from the body of an answer. */
export interface WireReader {
  readonly wire: WireName;
  /** Matches content in the text of an answer or a stream. */
  readonly content: RegExp;
  /** Whether the last event of a stream says that the answer is complete. */
  readonly isEnd: (last: Fields) => boolean;
  /** The error in a body, or in the last event of a stream. */
  readonly errorIn: (value: Fields) => Fields | undefined;
  /** The status and the type of an error that the proxy writes. `undefined`: as in the table of kinds. */
  readonly written?: (kind: ErrorKind) => readonly [number, string];
  /** What an official client does not expect in a stream. @param events - parsed; an end mark that is not JSON is omitted */
  readonly oddities: (events: readonly Fields[], complete: boolean) => readonly string[];
}

/** Events of a stream, as a client parses them. */
export function eventsIn(text: string): readonly Fields[] {
  return text.split("\n\n").flatMap((event) => {
    const data = event
      .split("\n")
      .filter((line) => line.startsWith("data: ") && line !== "data: [DONE]")
      .map((line) => line.slice(6));
    return data.length === 0 ? [] : [JSON.parse(data.join("\n")) as Fields];
  });
}

const typesOf = (events: readonly Fields[]): readonly string[] => events.map(({ type }) => String(type));
const count = (types: readonly string[], type: string): number => types.filter((each) => each === type).length;
const list = (wrong: readonly (readonly [string, boolean])[]): readonly string[] =>
  wrong.flatMap(([name, is]) => (is ? [name] : []));

function errorOf({ error }: Fields): Fields | undefined {
  return isJsonObject(error) && typeof error["message"] === "string" ? error : undefined;
}

export const chatReader: WireReader = {
  wire: "chat",
  content: /"(?:content|text)":"[^"]/u,
  isEnd: () => false,
  errorIn: errorOf,
  oddities: (events, complete) =>
    list([["an error before the end mark", complete && events.some((event) => errorOf(event) !== undefined)]]),
};

/** Statuses and types that differ from the table of kinds. Source: https://docs.anthropic.com/en/api/errors. */
const messagesWords: Readonly<Partial<Record<ErrorKind, readonly [number, string]>>> = {
  unprocessable_entity: [400, "invalid_request_error"],
  payload_too_large: [413, "request_too_large"],
  quota_exhausted: [402, "billing_error"],
  conflict: [409, "conflict_error"],
  timeout: [504, "timeout_error"],
  overloaded: [529, "overloaded_error"],
  service_unavailable: [529, "overloaded_error"],
  stream_interrupted: [529, "overloaded_error"],
  not_found: [404, "not_found_error"],
};

export const messagesReader: WireReader = {
  wire: "messages",
  content: /"text":"[^"]/u,
  isEnd: ({ type }) => type === "message_stop",
  errorIn: (value) => (value["type"] === "error" ? errorOf(value) : undefined),
  written: (kind) => {
    const { status, type } = errorKinds[kind];
    return messagesWords[kind] ?? [status, status >= 500 ? "api_error" : type];
  },
  oddities: (events, complete) => {
    const types = typesOf(events).filter((type) => type !== "ping");
    const blocks = count(types, "content_block_start") - count(types, "content_block_stop");
    return list([
      ["another first event than message_start", types[0] !== "message_start"],
      ["a second message_start", count(types, "message_start") > 1],
      ["another number of message_stop", count(types, "message_stop") !== (complete ? 1 : 0)],
      ["another number of message_delta", complete && count(types, "message_delta") !== 1],
      ["another number of errors", count(types, "error") !== (complete ? 0 : 1)],
      ["blocks that are open", complete ? blocks !== 0 : blocks < 0],
    ]);
  },
};

export const responsesReader: WireReader = {
  wire: "responses",
  content: /"(?:delta|text)":"[^"]/u,
  isEnd: ({ type }) => type === "response.completed" || type === "response.incomplete",
  errorIn: (value) => {
    const response = value["type"] === "response.failed" ? value["response"] : value;
    return isJsonObject(response) ? errorOf(response) : undefined;
  },
  oddities: (events, complete) => {
    const types = typesOf(events);
    const items = count(types, "response.output_item.added") - count(types, "response.output_item.done");
    const numbers = events.map(({ sequence_number: number }) => number);
    return list([
      ["another first event than response.created", types[0] !== "response.created"],
      ["a second response.created", count(types, "response.created") > 1],
      ["another number of errors", count(types, "error") !== (complete ? 0 : 1)],
      ["another number of response.failed", count(types, "response.failed") !== (complete ? 0 : 1)],
      ["items that are open", complete ? items !== 0 : items < 0],
      ["numbers that are not in sequence", numbers.some((number, index) => number !== index)],
    ]);
  },
};
