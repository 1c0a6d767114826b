import { isJsonObject, type JsonObject } from "@modelyard/core";

/**
 * What is written into conversations and tools for models of other vendors, Claude's above all: marks of its prompt cache,
 * and what it thought, which must come back to it. OpenAI refuses fields that it does not know.
 */
const marks = ["cache_control", "thinking_blocks", "reasoning_content"] as const;

function isMarked(value: unknown): boolean {
  return isJsonObject(value) && marks.some((mark) => value[mark] !== undefined);
}

function someMarked(list: unknown): boolean {
  return Array.isArray(list) && (list as readonly unknown[]).some(isMarked);
}

/** Where marks stand: on a message, a part of its content, a tool call, a tool, its function. */
function holdsMarks(value: unknown): boolean {
  if (!isJsonObject(value)) return false;
  return (
    isMarked(value) || isMarked(value["function"]) || someMarked(value["content"]) || someMarked(value["tool_calls"])
  );
}

function unmarked(value: unknown, found: Set<string>): unknown {
  if (!isJsonObject(value)) return value;
  const kept = Object.entries(value).filter(([key]) => {
    const foreign = (marks as readonly string[]).includes(key);
    if (foreign) found.add(key);
    return !foreign;
  });
  return Object.fromEntries(kept.map(([key, inner]) => [key, unmarkedInside(key, inner, found)]));
}

function unmarkedInside(key: string, inner: unknown, found: Set<string>): unknown {
  if ((key === "content" || key === "tool_calls") && Array.isArray(inner))
    return (inner as readonly unknown[]).map((item) => unmarked(item, found));
  return key === "function" ? unmarked(inner, found) : inner;
}

export interface Unmarked {
  readonly request: JsonObject;
  /** Names of the marks that were there. */
  readonly dropped: readonly string[];
}

/** A chat request without them. @returns `undefined`: it has none */
export function withoutForeignMarks(request: JsonObject): Unmarked | undefined {
  const lists = (["messages", "tools"] as const).filter((field) => {
    const list = request[field];
    return Array.isArray(list) && list.some(holdsMarks);
  });
  if (lists.length === 0 && request["cache_control"] === undefined) return undefined;
  const found = new Set<string>();
  const clean: Record<string, unknown> = { ...request };
  for (const field of lists) clean[field] = (request[field] as readonly unknown[]).map((item) => unmarked(item, found));
  if (clean["cache_control"] !== undefined) found.add("cache_control");
  delete clean["cache_control"];
  return { request: clean, dropped: [...found] };
}
