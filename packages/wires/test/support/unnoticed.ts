import type { Loss, WireName } from "../../src/index.js";
import { isJsonObject } from "../../src/json.js";
import { responseEchoes } from "../answer-fields.js";
import { type Path, pathsIn, replaced, valueAt } from "./paths.js";

/** What a translation made, as text, since it is only compared. */
export interface Translated {
  readonly value: string;
  readonly losses: readonly Loss[];
}

/**
 * The fields of an answer, or of the events of a stream, that are neither in the result of a translation nor reported: without
 * them, all would be the same.
 */
export function unnoticed(wire: WireName, body: unknown, translate: (body: unknown) => Translated): readonly string[] {
  const whole = translate(body);
  const lost = pathsIn(body).filter((path) => {
    if (path.length === 0 || isFormality(wire, path, body) || !saysSomething(valueAt(body, path))) return false;
    const without = attempt(() => translate(replaced(body, path, undefined)));
    if (without === undefined || without.value !== whole.value || shown(without.losses) !== shown(whole.losses))
      return false;
    return !whole.losses.some((loss) => isAbout(loss.path, path));
  });
  return lost.map((path) => path.join("."));
}

/** `undefined`: what cannot be read is noticed by everybody. */
function attempt<Value>(run: () => Value): Value | undefined {
  try {
    return run();
  } catch {
    return undefined;
  }
}

function shown(losses: readonly Loss[]): string {
  return losses.map(({ kind, path }) => `${kind} ${path}`).join("\n");
}

/**
 * What no wire reports, since it says nothing about the answer: marks of its form, ids, numbers and times of the vendor's records,
 * and the request, repeated.
 */
const formalities =
  /(?:^|\.)(?:object|type|role|index|status|total_tokens|output_text|system_fingerprint|completed_at|created_at|created|sequence_number|output_index)$/u;

function isFormality(wire: WireName, path: Path, body: unknown): boolean {
  if (formalities.test(path.join("."))) return true;
  if (Array.isArray(body) && isRepeated(path, valueAt(body, path.slice(0, 1)))) return true;
  if (wire !== "responses") return false;
  const echoed = path.some((key) => key !== "id" && Object.hasOwn(responseEchoes, key));
  const itemId = path.at(-1) === "id" && (path.at(-2) === "item" || path.at(-3) === "output");
  return itemId || (echoed && !path.includes("output") && !path.includes("item"));
}

/** What events of a stream repeat: the id and the model of the answer, the head of an item, and counts that grow. */
function isRepeated(path: Path, event: unknown): boolean {
  const { type } = isJsonObject(event) ? event : {};
  // What each event says is another test.
  if (path.length === 1 || type === "response.output_item.added") return true;
  if (type === "message_start") return path[2] === "usage" && (path.length === 3 || String(path[3]).endsWith("tokens"));
  return (
    path[0] !== 0 &&
    (path.length === 2 || path[1] === "response") &&
    /^(?:id|model|response)$/u.test(String(path.at(-1)))
  );
}

/** Words that say what would hold without them: an answer simply ended, or its calls say how. */
const neutral: ReadonlySet<unknown> = new Set([null, "end_turn", "stop", "tool_use", "{}"]);

/** Whether a value says more than its absence. */
function saysSomething(value: unknown): boolean {
  if (neutral.has(value)) return false;
  if (Array.isArray(value)) return value.length > 0;
  return !isJsonObject(value) || Object.keys(value).length > 0;
}

/** Whether a loss is about a field, or about something that it is in. */
function isAbout(loss: string, path: Path): boolean {
  const keys = path.filter((key) => typeof key === "string");
  if (/^content\[\d+\]$/u.test(loss))
    return keys.some((key) => /^(?:choices|content|output|item|content_block)$/u.test(key));
  const last =
    loss
      .replaceAll(/\[\d+\]/gu, "")
      .split(".")
      .at(-1) ?? "";
  return keys.includes(last) || (last === "citations" && keys.includes("annotations"));
}
