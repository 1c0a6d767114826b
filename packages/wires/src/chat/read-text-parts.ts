import { isJsonObject, type JsonObject } from "../json.js";

/** A text that was written as parts, by what they are. */
export interface TextParts {
  readonly thoughts: string;
  readonly text: string;
  /** Parts of any other kind, such as Mistral's references. */
  readonly others: readonly JsonObject[];
}

/** Reads a text that a host wrote as a list of parts. Mistral's thoughts are parts with a list of texts. */
export function readTextParts(parts: readonly unknown[]): TextParts {
  let thoughts = "";
  let text = "";
  const others: JsonObject[] = [];
  for (const part of parts) {
    if (!isJsonObject(part)) continue;
    if (part["type"] === "thinking" && Array.isArray(part["thinking"])) thoughts += textsIn(part["thinking"]);
    else if (typeof part["text"] === "string") text += part["text"];
    else others.push(part);
  }
  return { thoughts, text, others };
}

function textsIn(parts: readonly unknown[]): string {
  let text = "";
  for (const part of parts) if (isJsonObject(part) && typeof part["text"] === "string") text += part["text"];
  return text;
}
