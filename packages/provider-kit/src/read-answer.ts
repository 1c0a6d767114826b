import { jsonExcess, type MaybePromise, nextTurn, type TransportResponse } from "@modelyard/core";
import { longestAnswer } from "./body.js";
import { isFailureBody, type WrongBody, wrongBody } from "./body-shape.js";

/** A plain answer, or what came instead of one. */
export type ReadAnswer =
  | { readonly value: unknown; readonly text: string; readonly wrong?: undefined }
  | { readonly wrong: WrongBody };

const decoder = new TextDecoder();

/** Longer answers are decoded, checked and parsed in turns of the event loop of their own, in bytes. */
const longAnswer = 256 * 1024;

/**
 * Reads the body of a plain answer for what it is, whatever its content type says.
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
    // The parser's error quotes the body, which may hold a key or a prompt: it is not kept as the cause.
    return { wrong: wrongBody(response, text, "an answer") };
  }
  return isFailureBody(value) ? { wrong: { failure: text, problem: "a failure" } } : { value, text };
}
