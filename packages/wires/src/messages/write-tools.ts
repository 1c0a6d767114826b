import { wrappedCustom } from "../chat/write-tools.js";
import { given, pathOf, withRest } from "../fields.js";
import type { HubRequest } from "../hub/request.js";
import type { HubFunction, HubMcp, HubTool, HubWebSearch } from "../hub/tools.js";
import type { JsonObject } from "../json.js";
import { clash, flatTools } from "../tool-names.js";
import { type BlockWriting, writeMark } from "./write-blocks.js";

export interface WrittenTools {
  readonly tools?: readonly JsonObject[];
  readonly mcp_servers?: readonly JsonObject[];
  readonly tool_choice?: JsonObject;
}

export function writeTools(request: HubRequest, writing: BlockWriting): WrittenTools {
  return request.tools.length === 0 ? noTools : writeAll(request, writing);
}

const noTools: WrittenTools = Object.freeze({});

function writeAll(request: HubRequest, writing: BlockWriting): WrittenTools {
  const tools: JsonObject[] = [];
  const servers: JsonObject[] = [];
  const { losses, names, own } = writing;
  const chosen = request.toolChoice?.type === "allowed" ? new Set(request.toolChoice.names) : undefined;
  for (const { tool, namespace } of flatTools(request.tools)) {
    if (tool.type === "tool_search") {
      names.add({ name: tool.type, kind: tool.type }, true);
      tools.push(writeFunction({ ...tool, type: "function", name: tool.type }, tool.type, writing));
    } else if (tool.type === "function" || tool.type === "custom") {
      const declared = { name: tool.name, kind: tool.type, ...given({ namespace }) };
      const name = names.add(declared, tool.type === "custom");
      if (typeof name !== "string") losses.never(tool.path, clash(declared, name));
      else if (chosen === undefined || chosen.has(tool.name))
        tools.push(
          tool.type === "function"
            ? writeFunction(tool, name, writing)
            : asFunction(wrappedCustom(tool, name, writing)),
        );
    } else if (tool.type === "web_search") tools.push(writeWebSearch(tool, request, writing));
    else if (tool.type === "mcp") servers.push(writeServer(tool, own, writing));
    else if (tool.wire === "messages") tools.push(tool.value);
    else losses.refused(tool.path, `${tool.kind} is not a tool that this model supports.`);
  }
  if (chosen !== undefined)
    losses.converted("tool_choice", "Only the allowed tools are sent, which the vendor has not cached.");
  return given({
    tools: tools.length === 0 ? undefined : tools,
    mcp_servers: servers.length === 0 ? undefined : servers,
    tool_choice: tools.length === 0 ? undefined : writeChoice(request, writing),
  });
}

function writeFunction(tool: HubFunction, name: string, writing: BlockWriting): JsonObject {
  const { description = "", parameters = { properties: {} }, strict, path, extra } = tool;
  const written = {
    name,
    ...(description === "" ? {} : { description }),
    input_schema: { ...parameters, type: "object" },
    ...(strict === true ? { strict } : {}),
    ...writeMark(tool.cache, pathOf(path, "cache_control"), writing),
  };
  return withRest(written, extra?.messages);
}

function asFunction({ parameters, ...tool }: JsonObject): JsonObject {
  return { ...tool, input_schema: parameters };
}

/** Whether a request can limit how often a tool is used. */
export function isBounded({ type }: HubTool): boolean {
  return type === "web_search";
}

/** The oldest version of the tool, which every host knows. */
function writeWebSearch(tool: HubWebSearch, { limits }: HubRequest, { losses, own }: BlockWriting): JsonObject {
  if (own && tool.raw.wire === "messages") return tool.raw.value;
  if (limits.maxToolCalls !== undefined)
    losses.converted("max_tool_calls", "Messages bounds the uses of each tool, not of all together.");
  if (tool.contextSize !== undefined)
    losses.dropped(pathOf(tool.path, "search_context_size"), "Messages has no such field.");
  return {
    type: "web_search_20250305",
    name: "web_search",
    ...given({
      max_uses: tool.maxUses ?? limits.maxToolCalls,
      allowed_domains: tool.allowedDomains,
      blocked_domains: tool.blockedDomains,
      user_location: tool.location && { type: "approximate", ...tool.location },
    }),
  };
}

function writeServer(tool: HubMcp, own: boolean, { losses }: BlockWriting): JsonObject {
  if (own && tool.raw.wire === "messages") return tool.raw.value;
  if (tool.url === undefined) losses.refused(tool.path, "Messages reaches MCP servers by their address only.");
  // Not written, it means that the caller is asked each time.
  if (tool.approval !== "never")
    losses.refused(pathOf(tool.path, "require_approval"), "Messages calls the tools of a server without asking first.");
  return {
    type: "url",
    name: tool.name,
    ...given({
      url: tool.url,
      authorization_token: tool.authorization,
      tool_configuration: tool.allowedTools && { enabled: true, allowed_tools: tool.allowedTools },
    }),
  };
}

/** Declares the tools that were called earlier in the conversation, which Messages requires. They cannot be called again. */
export function declareCalled(called: ReadonlySet<string>): WrittenTools {
  if (called.size === 0) return {};
  const input_schema = { type: "object", properties: {} };
  return { tools: [...called].map((name) => ({ name, input_schema })), tool_choice: { type: "none" } };
}

/** Whether the model must call a tool. */
export function forcesTool({ toolChoice: choice, tools }: HubRequest): boolean {
  if (tools.length === 0) return false;
  return (
    choice?.type === "required" || choice?.type === "tool" || (choice?.type === "allowed" && choice.mode === "required")
  );
}

function writeChoice(request: HubRequest, writing: BlockWriting): JsonObject | undefined {
  const alone = request.parallelToolCalls === false ? { disable_parallel_tool_use: true } : {};
  if (forcesTool(request) && !writing.target.traits.forcedTools) {
    writing.losses.refused("tool_choice", "The model cannot be made to call a tool.");
    return { type: "auto", ...alone };
  }
  const choice = choiceOf(request, writing);
  if (choice?.["type"] === "none" || Object.keys(alone).length === 0) return choice;
  return { type: "auto", ...choice, ...alone };
}

function choiceOf({ toolChoice: choice }: HubRequest, { losses, names }: BlockWriting): JsonObject | undefined {
  switch (choice?.type) {
    case undefined:
      return undefined;
    case "auto":
    case "none":
      return { type: choice.type };
    case "required":
      return { type: "any" };
    case "tool":
      return { type: "tool", name: names.written(choice.name, undefined) };
    case "allowed":
      return { type: choice.mode === "required" ? "any" : "auto" };
    case "vendor":
      if (choice.wire === "messages") return choice.value;
      losses.refused("tool_choice", "The model does not support the tool that it names.");
      return undefined;
  }
}
