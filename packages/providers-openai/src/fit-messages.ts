import type { JsonObject } from "@modelyard/core";
import { isJsonObject, type MaybePromise, nextTurn } from "@modelyard/core/kit";
import { fitsRule, type ToolIdRule, ToolIds } from "./tool-ids.js";

/** What a host refuses in the messages and tools of a chat request. */
export interface MessageRules {
  /** Fields of messages. */
  readonly fields: ReadonlySet<string>;
  /** Fields of parts of content, and of tool calls. */
  readonly innerFields: ReadonlySet<string>;
  /** Fields of tools and of functions, except names that mean something else there than in a message. */
  readonly toolFields: ReadonlySet<string>;
  /** Types of parts of content. */
  readonly partTypes: ReadonlySet<string>;
  readonly nulls: boolean;
  readonly developerRole: boolean;
  readonly toolIds: ToolIdRule | undefined;
}

export interface FittedMessages {
  readonly request: JsonObject;
  /** Names of the fields, and types of the parts, that were removed. */
  readonly dropped: ReadonlySet<string>;
}

/** How many messages, parts and calls are fitted before the event loop may turn. Each takes about 1 µs. */
const fittedATurn = 2_000;

/**
 * Changes the messages and tools of a chat request into those that a host accepts. A long one is fitted in several
 * turns of the event loop.
 * @returns `undefined`: nothing has to change
 */
export function fitMessages(request: JsonObject, rules: MessageRules): MaybePromise<FittedMessages> | undefined {
  const { messages, tools } = request;
  const misfits = Array.isArray(messages) && messages.some((message) => isMisfit(message, rules));
  const marked = Array.isArray(tools) && tools.some((tool) => isMarkedTool(tool, rules.toolFields));
  if (!misfits && !marked) return undefined;
  const fitting = new Fitting(rules);
  const changed: Record<string, unknown> = { ...request };
  if (marked) changed["tools"] = (tools as readonly unknown[]).map((tool) => fitting.tool(tool));
  if (!misfits) return { request: changed, dropped: fitting.dropped };
  const made = (list: readonly unknown[]): FittedMessages => {
    changed["messages"] = list;
    return { request: changed, dropped: fitting.dropped };
  };
  const fitted = fitting.messages(messages as readonly unknown[]);
  return fitted instanceof Promise ? fitted.then(made) : made(fitted);
}

function hasAny(value: JsonObject, fields: ReadonlySet<string>): boolean {
  for (const key in value) if (fields.has(key) && value[key] !== undefined) return true;
  return false;
}

/** Called for every message of every request. It reads each key once, and allocates nothing. */
function isMisfit(message: unknown, rules: MessageRules): boolean {
  if (!isJsonObject(message)) return false;
  for (const key in message) {
    const value = message[key];
    if (value === undefined) continue;
    if (rules.fields.has(key) || (value === null && rules.nulls && key !== "content")) return true;
  }
  const { role, content, tool_calls: calls, tool_call_id: id } = message;
  if (rules.developerRole && role === "developer") return true;
  if (rules.toolIds !== undefined && !fitsRule(id, rules.toolIds)) return true;
  if (Array.isArray(content) && content.some((part) => isMisfitPart(part, rules))) return true;
  return Array.isArray(calls) && (calls.length === 0 || calls.some((call) => isMisfitCall(call, rules)));
}

function isMisfitPart(part: unknown, { innerFields, partTypes }: MessageRules): boolean {
  return isJsonObject(part) && (partTypes.has(String(part["type"])) || hasAny(part, innerFields));
}

function isMisfitCall(call: unknown, { innerFields, toolFields, toolIds }: MessageRules): boolean {
  if (!isJsonObject(call)) return false;
  const named = call["function"];
  if (hasAny(call, innerFields) || (isJsonObject(named) && hasAny(named, toolFields))) return true;
  return toolIds !== undefined && !fitsRule(call["id"], toolIds);
}

function isMarkedTool(tool: unknown, fields: ReadonlySet<string>): boolean {
  if (!isJsonObject(tool)) return false;
  const named = tool["function"];
  return hasAny(tool, fields) || (isJsonObject(named) && hasAny(named, fields));
}

/** Whether a value can be dropped without losing anything. */
function isEmpty(value: unknown): boolean {
  return value == null || value === "" || (Array.isArray(value) && value.length === 0);
}

function countOf(list: unknown): number {
  return Array.isArray(list) ? list.length : 0;
}

/** Parts and tool calls of a message. */
function innerCount({ content, tool_calls: calls }: JsonObject): number {
  return countOf(content) + countOf(calls);
}

/** A list in pieces that are fitted in one turn each. */
function* turnsOf(list: readonly unknown[]): Generator<readonly unknown[]> {
  for (let from = 0; from < list.length; from += fittedATurn) yield list.slice(from, from + fittedATurn);
}

/** The content of a message of which these parts are left. */
function contentOf({ content, tool_calls: calls }: JsonObject, left: readonly unknown[]): unknown {
  if (left.length > 0 || countOf(content) === 0) return left;
  return calls === undefined ? "" : null;
}

/** One request being fitted. */
class Fitting {
  readonly dropped = new Set<string>();
  readonly #rules: MessageRules;
  readonly #ids: ToolIds | undefined;

  constructor(rules: MessageRules) {
    this.#rules = rules;
    this.#ids = rules.toolIds === undefined ? undefined : new ToolIds(rules.toolIds);
  }

  messages(list: readonly unknown[]): MaybePromise<readonly unknown[]> {
    if (this.#ids !== undefined) this.#claimFittingIds(list);
    const fitted: unknown[] = [];
    this.#fitSome(list, fitted);
    return fitted.length < list.length ? this.#fitLater(list, fitted) : fitted;
  }

  async #fitLater(list: readonly unknown[], fitted: unknown[]): Promise<readonly unknown[]> {
    while (fitted.length < list.length) {
      await nextTurn();
      const message = list[fitted.length];
      if (isJsonObject(message) && innerCount(message) > fittedATurn) fitted.push(await this.#longMessage(message));
      else this.#fitSome(list, fitted);
    }
    return fitted;
  }

  /** Fits messages for one turn, up to the next one that takes a turn or more by itself. */
  #fitSome(list: readonly unknown[], fitted: unknown[]): void {
    for (let left = fittedATurn; left > 0 && fitted.length < list.length; left -= 1) {
      const message = list[fitted.length];
      if (isJsonObject(message)) {
        const count = innerCount(message);
        if (count > fittedATurn) return;
        left -= count;
      }
      fitted.push(isJsonObject(message) ? this.#message(message) : message);
    }
  }

  tool(tool: unknown): unknown {
    if (!isJsonObject(tool)) return tool;
    const { toolFields } = this.#rules;
    const kept = this.#without(tool, toolFields);
    if (isJsonObject(kept["function"])) kept["function"] = this.#without(kept["function"], toolFields);
    return kept;
  }

  /** Ids that are not changed come first, so that no new id equals one of them. */
  #claimFittingIds(list: readonly unknown[]): void {
    const rule = this.#rules.toolIds;
    if (rule === undefined) return;
    for (const message of list) {
      if (!isJsonObject(message)) continue;
      const calls: readonly unknown[] = Array.isArray(message["tool_calls"]) ? message["tool_calls"] : [];
      for (const id of [message["tool_call_id"], ...calls.map((call) => (isJsonObject(call) ? call["id"] : undefined))])
        if (fitsRule(id, rule)) this.#ids?.of(id);
    }
  }

  #message(message: JsonObject): JsonObject {
    const kept = this.#ownFields(message);
    const { content, tool_calls: calls } = kept;
    if (Array.isArray(calls)) kept["tool_calls"] = (calls as readonly unknown[]).map((call) => this.#call(call));
    if (Array.isArray(content)) {
      const left: unknown[] = [];
      this.#addParts(content, left);
      kept["content"] = contentOf(kept, left);
    }
    return kept;
  }

  /** The same for a message of many parts or tool calls. */
  async #longMessage(message: JsonObject): Promise<JsonObject> {
    const kept = this.#ownFields(message);
    const { content, tool_calls: calls } = kept;
    if (Array.isArray(calls)) {
      const fitted: unknown[] = [];
      for (const some of turnsOf(calls)) {
        await nextTurn();
        for (const call of some) fitted.push(this.#call(call));
      }
      kept["tool_calls"] = fitted;
    }
    if (Array.isArray(content)) {
      const left: unknown[] = [];
      for (const some of turnsOf(content)) {
        await nextTurn();
        this.#addParts(some, left);
      }
      kept["content"] = contentOf(kept, left);
    }
    return kept;
  }

  /** A message whose parts and tool calls are still to be fitted. An empty list of tool calls is removed. */
  #ownFields(message: JsonObject): Record<string, unknown> {
    const kept = this.#without(message, this.#rules.fields, this.#rules.nulls);
    // The text of a refusal is part of what the assistant said.
    if (kept["refusal"] === undefined && isEmpty(kept["content"]) && typeof message["refusal"] === "string") {
      kept["content"] = message["refusal"];
      this.dropped.delete("refusal");
    }
    if (kept["role"] === "developer" && this.#rules.developerRole) kept["role"] = "system";
    if (kept["tool_call_id"] !== undefined) kept["tool_call_id"] = this.#id(kept["tool_call_id"]);
    if (Array.isArray(kept["tool_calls"]) && kept["tool_calls"].length === 0) delete kept["tool_calls"];
    return kept;
  }

  #addParts(parts: readonly unknown[], left: unknown[]): void {
    const { innerFields, partTypes } = this.#rules;
    for (const part of parts) {
      const type = isJsonObject(part) ? String(part["type"]) : "";
      if (partTypes.has(type)) this.dropped.add(type);
      else left.push(isJsonObject(part) && hasAny(part, innerFields) ? this.#without(part, innerFields) : part);
    }
  }

  #call(call: unknown): unknown {
    if (!isJsonObject(call)) return call;
    const { innerFields, toolFields } = this.#rules;
    const kept = hasAny(call, innerFields) ? this.#without(call, innerFields) : { ...call };
    if (kept["id"] !== undefined) kept["id"] = this.#id(kept["id"]);
    const named = kept["function"];
    if (isJsonObject(named) && hasAny(named, toolFields)) kept["function"] = this.#without(named, toolFields);
    return kept;
  }

  #id(id: unknown): unknown {
    return this.#ids === undefined ? id : this.#ids.of(id);
  }

  #without(value: JsonObject, fields: ReadonlySet<string>, nulls = false): Record<string, unknown> {
    const entries: [string, unknown][] = [];
    for (const [key, inner] of Object.entries(value)) {
      if (nulls && inner === null && key !== "content") continue;
      if (!fields.has(key)) entries.push([key, inner]);
      else if (!isEmpty(inner)) this.dropped.add(key);
    }
    // Assignment to a key named `__proto__` would change the object's prototype.
    return Object.fromEntries(entries);
  }
}
