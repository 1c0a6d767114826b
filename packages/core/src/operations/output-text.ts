import type { JsonObject } from "../json.js";
import { objectsIn } from "./common-facts.js";

/** The texts of all messages, as OpenAI's SDK joins them. */
function outputTextOf(answer: JsonObject): string {
  return objectsIn(answer, "output")
    .filter(({ type }) => type === "message")
    .flatMap((message) => objectsIn(message, "content"))
    .map(({ type, text }) => (type === "output_text" && typeof text === "string" ? text : ""))
    .join("");
}

/**
 * Gives an answer of Responses the `output_text` that OpenAI's SDK adds to it. The text is made when it is read. The property
 * is not enumerable, so it does not appear in JSON. Anything else is returned unchanged.
 */
export function withOutputText<Answer extends object>(answer: Answer): Answer {
  if (!("output" in answer) || "output_text" in answer) return answer;
  const get = (): string => outputTextOf(answer);
  return Object.defineProperty(answer, "output_text", { get, enumerable: false, configurable: true });
}
