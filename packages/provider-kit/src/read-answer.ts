import { jsonExcess, type TransportResponse } from "@modelyard/core";
import { longestAnswer } from "./body.js";
import { isFailureBody, type WrongBody, wrongBody } from "./body-shape.js";

/** A plain answer, or what came instead of one. */
export type ReadAnswer =
  | { readonly value: unknown; readonly text: string; readonly wrong?: undefined }
  | { readonly wrong: WrongBody };

const decoder = new TextDecoder();

/**
 * Reads the body of a plain answer for what it is, whatever its content type says.
 * @param bytes - at most a little more than `longestAnswer`
 */
export function readAnswer(response: TransportResponse, bytes: Uint8Array): ReadAnswer {
  if (bytes.length > longestAnswer)
    return { wrong: { problem: `an answer of more than ${String(longestAnswer / 1024 / 1024)} MB` } };
  let text = "";
  let value: unknown;
  try {
    text = decoder.decode(bytes);
    const excess = jsonExcess(text);
    if (excess !== undefined) return { wrong: { problem: `an answer that ${excess}` } };
    value = JSON.parse(text);
  } catch {
    // The parser's error quotes the body, which may hold a key or a prompt: it is not kept as the cause.
    return { wrong: wrongBody(response, text, "an answer") };
  }
  return isFailureBody(value) ? { wrong: { failure: text, problem: "a failure" } } : { value, text };
}
