import { type Fields, given } from "../fields.js";
import type { HubTool, HubToolChoice } from "../hub/tools.js";
import { messagesExtra, readCacheMark } from "./read-blocks.js";

export function readTools(request: Fields): readonly HubTool[] {
  return [...request.each("tools").map(readTool), ...request.each("mcp_servers").map(readServer)];
}

function readTool(tool: Fields): HubTool {
  const type = tool.text("type") ?? "custom";
  if (type === "custom") return readFunction(tool);
  const raw = { wire: "messages" as const, value: tool.value };
  if (!type.startsWith("web_search_")) return { type: "vendor", kind: type, path: tool.path, ...raw };
  return {
    type: "web_search",
    path: tool.path,
    raw,
    ...given({
      allowedDomains: tool.texts("allowed_domains"),
      blockedDomains: tool.texts("blocked_domains"),
      maxUses: tool.number("max_uses"),
      location: placeOf(tool),
      cache: readCacheMark(tool),
    }),
  };
}

/** Without its `type`, which is the same everywhere. */
function placeOf(tool: Fields) {
  const { type: _, ...place } = tool.object("user_location") ?? {};
  return Object.keys(place).length === 0 ? undefined : place;
}

function readFunction(tool: Fields): HubTool {
  const known = {
    name: tool.neededText("name"),
    ...given({
      description: tool.text("description"),
      parameters: tool.object("input_schema"),
      strict: tool.flag("strict"),
      cache: readCacheMark(tool),
    }),
  };
  return { type: "function", path: tool.path, ...known, ...given({ extra: messagesExtra(tool.rest()) }) };
}

function readServer(server: Fields): HubTool {
  return {
    type: "mcp",
    name: server.neededText("name"),
    path: server.path,
    raw: { wire: "messages", value: server.value },
    ...given({
      url: server.text("url"),
      authorization: server.text("authorization_token"),
      allowedTools: server.in("tool_configuration")?.texts("allowed_tools"),
    }),
  };
}

export interface ReadChoice {
  readonly toolChoice?: HubToolChoice;
  readonly parallelToolCalls?: boolean;
}

export function readToolChoice(request: Fields): ReadChoice {
  const choice = request.in("tool_choice");
  if (choice === undefined) return {};
  const type = choice.neededText("type");
  const alone = choice.flag("disable_parallel_tool_use");
  const parallelToolCalls = alone === undefined ? undefined : !alone;
  return { toolChoice: chosen(type, choice), ...given({ parallelToolCalls }) };
}

function chosen(type: string, choice: Fields): HubToolChoice {
  if (type === "auto" || type === "none") return { type };
  if (type === "any") return { type: "required" };
  if (type === "tool") return { type: "tool", kind: "function", name: choice.neededText("name") };
  return { type: "vendor", wire: "messages", value: choice.value };
}
