import { invalidOption, isJsonObject, type JsonValue } from "@modelyard/core/kit";
import type { PrefixBlock } from "../vendor/prompt-cache.js";
import type { SimulatedRequest, Workload } from "./simulated-request.js";

type Row = Readonly<Record<string, unknown>>;

/** The names under which a value may be recorded: our own, then those of public traces. */
const names = {
  time: ["at_ms", "timestamp"],
  inputTokens: ["input_tokens", "contexttokens", "input_length", "prompt_tokens"],
  outputTokens: ["output_tokens", "generatedtokens", "output_length", "completion_tokens"],
  maxTokens: ["max_tokens"],
  model: ["model"],
  session: ["session"],
  tenant: ["tenant"],
  stream: ["stream"],
} as const;

/** The tokens of a block in Mooncake's traces. */
const blockTokens = 512;

function valueIn(row: Row, name: keyof typeof names): unknown {
  for (const key of names[name]) {
    const value = row[key];
    if (value !== undefined && value !== "") return value;
  }
  return undefined;
}

function fail(line: number, problem: string, fix: string): never {
  throw invalidOption(`line ${String(line)}`, problem, fix);
}

function count(row: Row, name: keyof typeof names, line: number): number {
  const value = valueIn(row, name);
  const number = typeof value === "string" ? Number(value) : value;
  if (typeof number === "number" && Number.isInteger(number) && number >= 0) return number;
  const found = value === undefined ? "is missing" : `is ${JSON.stringify(value)}`;
  return fail(line, `${names[name][0]} ${found}.`, "Write a whole number of at least 0.");
}

/** Milliseconds: a number of them, or a date. */
function timeIn(row: Row, line: number): number {
  const value = valueIn(row, "time");
  const number = typeof value === "string" ? Number(value) : value;
  if (typeof number === "number" && Number.isFinite(number)) return number;
  // Azure's traces have seven decimals and no time zone.
  const date = typeof value === "string" ? Date.parse(`${value.replace(" ", "T").replace(/Z$/u, "")}Z`) : Number.NaN;
  if (!Number.isNaN(date)) return date;
  const found = value === undefined ? "is missing" : `is ${JSON.stringify(value)}`;
  return fail(line, `at_ms ${found}.`, "Write milliseconds, or a date as 2026-01-31T12:00:00Z.");
}

function textIn(row: Row, name: keyof typeof names): string | undefined {
  const value = valueIn(row, name);
  return typeof value === "string" || typeof value === "number" ? String(value) : undefined;
}

function requestIn(row: Row, line: number, blocks: Map<JsonValue, PrefixBlock>): SimulatedRequest {
  const maxTokens = valueIn(row, "maxTokens") === undefined ? undefined : count(row, "maxTokens", line);
  const stream = textIn(row, "stream") ?? valueIn(row, "stream");
  const ids = row["hash_ids"];
  return {
    atMs: timeIn(row, line),
    inputTokens: Math.max(1, count(row, "inputTokens", line)),
    outputTokens: Math.max(1, count(row, "outputTokens", line)),
    maxTokens,
    model: textIn(row, "model"),
    session: textIn(row, "session"),
    tenant: textIn(row, "tenant"),
    stream: stream === undefined ? undefined : stream === true || stream === "true" || stream === "1",
    prefix: Array.isArray(ids) ? ids.map((id: JsonValue) => blockOf(id, blocks)) : undefined,
  };
}

/** The same object for the same block, so that all prompts share its text. */
function blockOf(id: JsonValue, blocks: Map<JsonValue, PrefixBlock>): PrefixBlock {
  const known = blocks.get(id);
  if (known !== undefined) return known;
  const block = { id: JSON.stringify(id), tokens: blockTokens };
  blocks.set(id, block);
  return block;
}

/** The last block of a prompt is not full. */
function fitted(request: SimulatedRequest): SimulatedRequest {
  const { prefix, inputTokens } = request;
  if (prefix === undefined) return request;
  return { ...request, prefix: prefix.slice(0, Math.floor(inputTokens / blockTokens)) };
}

function rowsOf(text: string): readonly (readonly [line: number, row: Row])[] {
  const lines = text
    .split(/\r?\n/u)
    .map((line, index) => [index + 1, line.trim()] as const)
    .filter(([, line]) => line !== "");
  if (lines[0]?.[1].startsWith("{") === true)
    return lines.map(([number, line]) => {
      let row: unknown;
      try {
        row = JSON.parse(line);
      } catch {
        return fail(number, "it is not valid JSON.", "Write one JSON object per line.");
      }
      return isJsonObject(row)
        ? [number, row]
        : fail(number, "it is not an object.", "Write one JSON object per line.");
    });
  const [head, ...rest] = lines;
  const columns = (head?.[1] ?? "").split(",").map((column) => column.trim().toLowerCase());
  return rest.map(([number, line]) => {
    const cells = line.split(",");
    return [number, Object.fromEntries(columns.map((column, index) => [column, cells[index]?.trim()]))];
  });
}

/**
 * Reads a recorded workload: CSV with a header, or one JSON object per line. Each request has `at_ms` (or `timestamp`, in
 * milliseconds or as a date), `input_tokens` and `output_tokens`, and may have `max_tokens`, `model`, `session`, `tenant`
 * and `stream`. Azure's and Mooncake's public traces can be read as they are.
 * @param speed - how many times faster the requests arrive than they did. @defaultValue 1
 * @throws `invalid_option` that names the first line that cannot be read
 */
export function recordedWorkload(text: string, speed = 1): Workload {
  const blocks = new Map<JsonValue, PrefixBlock>();
  const requests = rowsOf(text).map(([line, row]) => fitted(requestIn(row, line, blocks)));
  requests.sort((left, right) => left.atMs - right.atMs);
  const start = requests[0]?.atMs ?? 0;
  return requests.map((request) => ({ ...request, atMs: (request.atMs - start) / speed }));
}
