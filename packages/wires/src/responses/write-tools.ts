import { given, pathOf, withRest } from "../fields.js";
import type { HubRequest } from "../hub/request.js";
import type { HubCustomTool, HubFunction, HubMcp, HubTool, HubWebSearch } from "../hub/tools.js";
import type { JsonObject } from "../json.js";
import type { LossList } from "../losses.js";
import { clash, type ToolNames } from "../tool-names.js";

export interface ToolWriting {
  readonly losses: LossList;
  /** Of another wire's tools; the wire's own keep their names. */
  readonly names: ToolNames;
  /** Whether the request comes from the wire itself. */
  readonly own: boolean;
}

export function writeTools(tools: readonly HubTool[], writing: ToolWriting): readonly JsonObject[] {
  return tools.flatMap((tool) => {
    // It is where it was found.
    if (tool.found === true) return [];
    if (tool.cache !== undefined)
      writing.losses.dropped(pathOf(tool.path, "cache_control"), "Responses marks messages for its cache, not tools.");
    const written = writeTool(tool, writing);
    return written === undefined ? [] : [written];
  });
}

function writeTool(tool: HubTool, writing: ToolWriting): JsonObject | undefined {
  switch (tool.type) {
    case "function":
    case "custom": {
      const name = writtenName(tool, writing);
      if (name === undefined) return undefined;
      return tool.type === "function" ? writeFunction(tool, name) : writeCustom(tool, name);
    }
    case "namespace": {
      const { name, description, tools, extra } = tool;
      const written = { type: "namespace", name, ...given({ description }), tools: writeTools(tools, writing) };
      return withRest(written, extra?.responses);
    }
    case "web_search":
      return writeWebSearch(tool, writing);
    case "mcp":
      return writeMcp(tool, writing);
    case "tool_search":
      return tool.value;
    case "vendor":
      if (tool.wire === "responses") return tool.value;
      writing.losses.refused(tool.path, `${tool.kind} is not a tool that this model supports.`);
      return undefined;
  }
}

/** `undefined`: another tool has the same name at the target, so that the request is refused. */
function writtenName({ type, name, path }: HubCustomTool | HubFunction, writing: ToolWriting): string | undefined {
  if (writing.own) return name;
  const declared = { name, kind: type };
  const written = writing.names.add(declared, false);
  if (typeof written === "string") return written;
  writing.losses.never(path, clash(declared, written));
  return undefined;
}

/** Not written, `strict` would mean true, and the vendor would change the schema. */
function writeFunction({ description, parameters, strict, extra }: HubFunction, name: string): JsonObject {
  const written = {
    type: "function",
    name,
    ...given({ description }),
    parameters: parameters ?? null,
    strict: strict ?? false,
  };
  return withRest(written, extra?.responses);
}

function writeCustom({ description, grammar, extra }: HubCustomTool, name: string): JsonObject {
  const format = grammar && { type: "grammar", ...grammar };
  return withRest({ type: "custom", name, ...given({ description, format }) }, extra?.responses);
}

function writeWebSearch(tool: HubWebSearch, { losses, own }: ToolWriting): JsonObject {
  if (own && tool.raw.wire === "responses") return tool.raw.value;
  const { allowedDomains, blockedDomains, maxUses, contextSize, location, path } = tool;
  if (blockedDomains !== undefined)
    losses.refused(pathOf(path, "blocked_domains"), "Responses can only name the domains that are allowed.");
  if (maxUses !== undefined) losses.refused(pathOf(path, "max_uses"), "Responses does not bound searches.");
  if (tool.raw.wire === "chat") losses.converted(path, "The model decides whether it searches.");
  return {
    type: "web_search",
    ...given({
      filters: allowedDomains && { allowed_domains: allowedDomains },
      user_location: location && { type: "approximate", ...location },
      search_context_size: contextSize,
    }),
  };
}

function writeMcp(tool: HubMcp, { own }: ToolWriting): JsonObject {
  if (own && tool.raw.wire === "responses") return tool.raw.value;
  return {
    type: "mcp",
    server_label: tool.name,
    ...given({ server_url: tool.url, authorization: tool.authorization, allowed_tools: tool.allowedTools }),
    require_approval: "never",
  };
}

export function writeToolChoice({ toolChoice: choice }: HubRequest, { losses, names, own }: ToolWriting): unknown {
  if (choice === undefined) return undefined;
  const written = (name: string): string => (own ? name : names.written(name, undefined));
  switch (choice.type) {
    case "tool":
      return { type: choice.kind, name: written(choice.name) };
    case "allowed": {
      const tools = own ? choice.raw : choice.names.map((name) => ({ type: "function", name: written(name) }));
      return { type: "allowed_tools", mode: choice.mode, tools };
    }
    case "vendor":
      if (choice.wire === "responses") return choice.value;
      losses.refused("tool_choice", "The model does not support the tool that it names.");
      return undefined;
    default:
      return choice.type;
  }
}
