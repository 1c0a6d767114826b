import { type Fields, given } from "../fields.js";
import type { HubTool, HubToolChoice } from "../hub/tools.js";
import { responsesExtra } from "./read-parts.js";

export function readTools(tools: readonly Fields[]): readonly HubTool[] {
  return tools.map(readTool);
}

/** The tools in the result of a search. */
export function readFound(item: Fields): readonly HubTool[] {
  return readTools(item.each("tools")).map((tool) => ({ ...tool, found: true }));
}

function readTool(tool: Fields): HubTool {
  const type = tool.neededText("type");
  const raw = { wire: "responses" as const, value: tool.value };
  const { path } = tool;
  switch (type) {
    case "function":
      return readFunction(tool);
    case "custom":
      return readCustom(tool);
    case "namespace": {
      const known = { name: tool.neededText("name"), ...given({ description: tool.text("description") }) };
      const tools = readTools(tool.each("tools"));
      return { type, path, ...known, tools, ...given({ extra: responsesExtra(tool.rest()) }) };
    }
    case "web_search":
    case "web_search_preview":
      return readWebSearch(tool);
    case "mcp":
      return {
        type,
        path,
        raw,
        name: tool.neededText("server_label"),
        ...given({
          url: tool.text("server_url"),
          authorization: tool.text("authorization"),
          allowedTools: Array.isArray(tool.value["allowed_tools"]) ? tool.texts("allowed_tools") : undefined,
          approval: tool.any("require_approval"),
        }),
      };
    case "tool_search":
      // The vendor's own search finds tools that only the vendor has.
      if (tool.text("execution") !== "client") return { type: "vendor", kind: type, path, ...raw };
      return {
        type,
        path,
        value: tool.value,
        ...given({ description: tool.text("description"), parameters: tool.object("parameters") }),
      };
    default:
      return { type: "vendor", kind: type, path, ...raw };
  }
}

function readFunction(tool: Fields): HubTool {
  const known = {
    name: tool.neededText("name"),
    ...given({
      description: tool.text("description"),
      parameters: tool.object("parameters"),
      // Not written, it means strict here, and not strict elsewhere.
      strict: tool.flag("strict"),
    }),
  };
  return { type: "function", path: tool.path, ...known, ...given({ extra: responsesExtra(tool.rest()) }) };
}

function readCustom(tool: Fields): HubTool {
  const format = tool.in("format");
  format?.skip("type");
  const syntax = format?.text("syntax");
  const definition = format?.text("definition");
  const grammar = syntax === undefined || definition === undefined ? undefined : { syntax, definition };
  const known = { name: tool.neededText("name"), ...given({ description: tool.text("description"), grammar }) };
  return { type: "custom", path: tool.path, ...known, ...given({ extra: responsesExtra(tool.rest()) }) };
}

function readWebSearch(tool: Fields): HubTool {
  const { type: _, ...location } = tool.object("user_location") ?? {};
  return {
    type: "web_search",
    path: tool.path,
    raw: { wire: "responses", value: tool.value },
    ...given({
      allowedDomains: tool.in("filters")?.texts("allowed_domains"),
      contextSize: tool.text("search_context_size"),
      location: Object.keys(location).length === 0 ? undefined : location,
    }),
  };
}

export function readToolChoice(request: Fields): HubToolChoice | undefined {
  const choice = request.any("tool_choice");
  if (choice === undefined) return undefined;
  if (choice === "auto" || choice === "none" || choice === "required") return { type: choice };
  const fields = request.of(choice, request.at("tool_choice"));
  const type = fields.neededText("type");
  if (type === "function" || type === "custom") return { type: "tool", kind: type, name: fields.neededText("name") };
  if (type !== "allowed_tools") return { type: "vendor", wire: "responses", value: fields.value };
  const tools = fields.each("tools");
  return {
    type: "allowed",
    mode: fields.text("mode") === "required" ? "required" : "auto",
    names: tools.flatMap((tool) => tool.text("name") ?? []),
    raw: tools.map(({ value }) => value),
  };
}
