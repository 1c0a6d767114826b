import { createError, isJsonObject, sha256Hex } from "@modelyard/core/kit";
import { parseJson } from "./fields.js";
import type { Block, ToolCallBlock } from "./hub/blocks.js";
import type { HubTool } from "./hub/tools.js";

/** A tool as its caller declared it. */
export interface DeclaredTool {
  readonly name: string;
  readonly namespace?: string;
  readonly kind: "custom" | "function" | "tool_search";
}

/** Longest name of a function in Chat Completions and Responses. */
const longest = 64;
const digits = 8;

/**
 * How the tools of a request are called at a target that knows fewer kinds of tools: members of a namespace carry its
 * name before theirs, custom tools are functions with one argument `input`, long names are shortened, and characters that
 * only some vendors take are replaced. Turns calls in the answer back into what the caller declared.
 */
export class ToolNames {
  /** Not set: there are no tools. */
  #declared: Map<string, DeclaredTool> | undefined;
  #written: Map<string, string> | undefined;
  #changes = false;
  /**
   * The tool whose input is the answer, where a model can be held to a form in no other way. Callers get it as text. Not set: there
   * is none.
   */
  answeredBy: string | undefined;

  /**
   * Adds a tool.
   * @param wrapped - whether a custom tool is written as a function
   * @returns the name to write; or the tool that would have the same name at the target
   */
  add(tool: DeclaredTool, wrapped: boolean): DeclaredTool | string {
    const written = nameOf(tool.name, tool.namespace);
    const key = keyOf(tool.name, tool.namespace);
    this.#declared ??= new Map();
    this.#written ??= new Map();
    const before = this.#declared.get(written);
    if (before !== undefined && keyOf(before.name, before.namespace) !== key) return before;
    this.#written.set(key, written);
    if (written !== tool.name || wrapped) {
      this.#changes = true;
      this.#declared.set(written, tool);
    } else if (before === undefined) this.#declared.set(written, { ...tool, kind: "function" });
    return written;
  }

  /** Whether an answer differs from what the vendor wrote. If not, these names need not be remembered. */
  get changesAnswers(): boolean {
    return this.#changes || this.answeredBy !== undefined;
  }

  /** The name of a tool at the target, also of one that the request no longer declares. */
  written(name: string, namespace: string | undefined): string {
    const known = this.#written?.get(keyOf(name, namespace));
    if (known !== undefined) return known;
    return nameOf(name, namespace);
  }

  /** The tool that a call in the answer means. */
  declared(written: string): DeclaredTool {
    return this.#declared?.get(written) ?? { name: written, kind: "function" };
  }

  /**
   * A call as the caller declared its tool. The text of a custom tool's call is taken out of its JSON.
   * @throws `invalid_response` if that is not there
   */
  restore(call: ToolCallBlock): ToolCallBlock {
    const declared = this.#declared?.get(call.name);
    if (declared === undefined) return call;
    const { name, namespace, kind } = declared;
    const input = kind === "custom" && call.input.kind === "json" ? unwrapped(call.input.text, name) : call.input;
    const search = kind === "tool_search" ? { search: true as const } : {};
    return { ...call, name, input, ...(namespace === undefined ? {} : { namespace }), ...search };
  }

  /** All calls among blocks, restored. */
  restoreAll(blocks: readonly Block[]): readonly Block[] {
    return blocks.map((block) => (block.type === "tool_call" ? this.restore(block) : block));
  }
}

/** Why two tools cannot be sent together. */
export function clash(one: DeclaredTool, other: DeclaredTool): string {
  const shown = ({ name, namespace }: DeclaredTool): string =>
    namespace === undefined ? `"${name}"` : `"${name}" of "${namespace}"`;
  return `The tools ${shown(other)} and ${shown(one)} would have the same name at the vendor. Rename one of them.`;
}

/** The text for a custom tool, from the JSON of the function that stood for it. */
function unwrapped(text: string, name: string): ToolCallBlock["input"] {
  const parsed = parseJson(text);
  const input = isJsonObject(parsed) ? parsed["input"] : undefined;
  if (typeof input === "string") return { kind: "text", text: input };
  // An empty patch, say, would be worse than none.
  const message = `The model called the tool ${name} with arguments that do not contain its input.`;
  throw createError({ kind: "invalid_response", message });
}

/** A tool outside of its namespace. */
export interface FlatTool {
  readonly tool: Exclude<HubTool, { readonly type: "namespace" }>;
  readonly namespace?: string;
}

/** The tools in a list and in its namespaces. One that a search found, though it is in the list too, comes once. */
export function flatTools(tools: readonly HubTool[]): readonly FlatTool[] {
  if (tools.length === 0) return noTools;
  const listed = new Set<string>();
  return allTools(tools).filter(({ tool, namespace }) => {
    if (tool.type !== "function" && tool.type !== "custom") return true;
    const key = keyOf(tool.name, namespace);
    if (tool.found === true && listed.has(key)) return false;
    listed.add(key);
    return true;
  });
}

const noTools: readonly FlatTool[] = Object.freeze([]);

function allTools(tools: readonly HubTool[], namespace?: string, found?: true): readonly FlatTool[] {
  return tools.flatMap((tool) => {
    const as = tool.found ?? found;
    if (tool.type === "namespace") return allTools(tool.tools, tool.name, as);
    const marked = as === undefined ? tool : { ...tool, found: as };
    return [{ tool: marked, ...(namespace === undefined ? {} : { namespace }) }];
  });
}

/** The name that all vendors take: letters, digits, `_` and `-`, at most {@link longest} of them. */
function nameOf(name: string, namespace: string | undefined): string {
  const flat = namespace === undefined ? name : `${namespace}__${name}`;
  const clean = flat.replaceAll(/[^\w-]/gu, "_");
  return clean.length <= longest
    ? clean
    : `${clean.slice(0, longest - digits - 1)}_${sha256Hex(flat).slice(0, digits)}`;
}

function keyOf(name: string, namespace: string | undefined): string {
  return `${namespace ?? ""}\n${name}`;
}
