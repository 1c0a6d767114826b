import type { JsonObject } from "@modelyard/core";
import { given, pathOf, withRest } from "../fields.js";
import type { HubRequest } from "../hub/request.js";
import type { HubCustomTool, HubFunction, HubToolChoice } from "../hub/tools.js";
import { clash, flatTools } from "../tool-names.js";
import type { MessageWriting } from "./write-messages.js";
import { writeMark } from "./write-parts.js";

export interface WrittenTools {
  readonly tools?: readonly JsonObject[];
  readonly web_search_options?: JsonObject;
}

/** Members of namespaces are functions of their own here. What has no counterpart is refused. */
export function writeTools(request: HubRequest, writing: MessageWriting): WrittenTools {
  const { losses, names, target } = writing;
  const tools: JsonObject[] = [];
  let search: JsonObject | undefined;
  for (const { tool, namespace } of flatTools(request.tools)) {
    if (tool.type === "tool_search") {
      names.add({ name: tool.type, kind: tool.type }, true);
      tools.push(writeFunction({ ...tool, type: "function", name: tool.type }, tool.type, writing));
    } else if (tool.type === "function" || tool.type === "custom") {
      const wrapped = tool.type === "custom" && !target.customTools;
      const declared = { name: tool.name, kind: tool.type, ...given({ namespace }) };
      const name = names.add(declared, wrapped);
      if (typeof name !== "string") losses.never(tool.path, clash(declared, name));
      else tools.push(tool.type === "function" ? writeFunction(tool, name, writing) : writeCustom(tool, name, writing));
    } else if (tool.type === "web_search" && target.webSearch) {
      search = given({
        search_context_size: tool.contextSize,
        user_location: tool.location && { type: "approximate", approximate: tool.location },
      });
    } else if (tool.type === "vendor" && tool.wire === "chat") tools.push(tool.value);
    else if (tool.type === "web_search" && tool.raw.wire === "responses" && request.tools.length > 1)
      // Codex sends it with every request, whether its user wants to search or not.
      losses.dropped(tool.path, "The model cannot search the web.");
    else
      losses.refused(
        tool.path,
        `${tool.type === "vendor" ? tool.kind : tool.type} is not a tool that this model supports.`,
      );
  }
  return given({ tools: tools.length === 0 ? undefined : tools, web_search_options: search });
}

function writeFunction(tool: HubFunction, name: string, writing: MessageWriting): JsonObject {
  const { description, parameters, strict, extra } = tool;
  const written = { type: "function", function: { name, ...given({ description, parameters, strict }) } };
  return { ...withRest(written, extra?.chat), ...writeMark(tool, writing) };
}

function writeCustom(tool: HubCustomTool, name: string, writing: MessageWriting): JsonObject {
  const { description, grammar } = tool;
  if (writing.target.customTools) {
    const format = grammar && { type: "grammar", grammar };
    const written = { type: "custom", custom: { name, ...given({ description, format }) } };
    return { ...withRest(written, tool.extra?.chat), ...writeMark(tool, writing) };
  }
  return { type: "function", function: wrappedCustom(tool, name, writing) };
}

/** A custom tool as a function with one argument. */
export function wrappedCustom(
  { description, grammar, path }: HubCustomTool,
  name: string,
  { losses }: Pick<MessageWriting, "losses">,
): JsonObject {
  const rule = grammar && `The input must match this ${grammar.syntax} grammar:\n${grammar.definition}`;
  if (grammar !== undefined) losses.converted(pathOf(path, "format"), "The grammar is part of the description.");
  return {
    name,
    ...given({ description: [description, rule].filter((text) => text !== undefined).join("\n\n") || undefined }),
    parameters: {
      type: "object",
      properties: { input: { type: "string" } },
      required: ["input"],
      additionalProperties: false,
    },
  };
}

export function writeToolChoice(choice: HubToolChoice | undefined, writing: MessageWriting): unknown {
  const { losses, names, target } = writing;
  if (choice === undefined) return undefined;
  switch (choice.type) {
    case "tool": {
      const name = names.written(choice.name, undefined);
      return choice.kind === "custom" && target.customTools
        ? { type: "custom", custom: { name } }
        : { type: "function", function: { name } };
    }
    case "allowed": {
      const tools = choice.names.map((name) => ({
        type: "function",
        function: { name: names.written(name, undefined) },
      }));
      return { type: "allowed_tools", allowed_tools: { mode: choice.mode, tools } };
    }
    case "vendor":
      if (choice.wire === "chat") return choice.value;
      losses.refused("tool_choice", "The model does not support the tool that it names.");
      return undefined;
    default:
      return choice.type;
  }
}
