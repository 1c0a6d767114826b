import { isJsonObject } from "@modelyard/core/kit";
import { textOf } from "./failure-words.js";

/** A list of validation problems, without the values that it quotes, which are the caller's. */
export interface ValidationWords {
  readonly message: string;
  /** The path of the first problem's field, such as `messages[0].name`. */
  readonly param: string | undefined;
  /** The type of the first problem, such as `extra_forbidden`. */
  readonly code: string | undefined;
}

/** How many problems are written out; the others are counted. */
const mostShown = 3;
const longestPath = 16;

function pathOf(loc: unknown): string | undefined {
  if (!Array.isArray(loc)) return textOf(loc);
  let path = "";
  for (const [index, step] of (loc as readonly unknown[]).slice(0, longestPath).entries()) {
    if (index === 0 && (step === "body" || step === "query")) continue;
    if (typeof step === "number") path += `[${String(step)}]`;
    else if (typeof step === "string") path += path === "" ? step : `.${step}`;
  }
  return textOf(path);
}

/**
 * Reads a list of problems from FastAPI or pydantic: `[{ type, loc, msg, input }]`; `undefined` if it is not one.
 * Source: https://fastapi.tiangolo.com/tutorial/handling-errors/.
 */
export function readValidationList(list: readonly unknown[]): ValidationWords | undefined {
  const problems: { readonly path: string | undefined; readonly text: string; readonly code: string | undefined }[] =
    [];
  for (const item of list.slice(0, mostShown)) {
    if (!isJsonObject(item)) continue;
    const text = textOf(item["msg"] ?? item["message"]);
    if (text !== undefined) problems.push({ path: pathOf(item["loc"]), text, code: textOf(item["type"]) });
  }
  const [first] = problems;
  if (first === undefined) return undefined;
  const shown = problems.map(({ path, text }) => (path === undefined ? text : `${path}: ${text}`)).join("; ");
  const more = list.length > mostShown ? `; and ${String(list.length - mostShown)} more` : "";
  return {
    message: shown + more,
    param: first.path,
    code: first.code,
  };
}
