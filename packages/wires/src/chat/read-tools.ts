import { Fields, given, untranslatable } from "../fields.js";
import type { HubTool, HubToolChoice } from "../hub/tools.js";
import type { Extra } from "../hub/common.js";
import { isJsonObject } from "../json.js";
import { chatExtra, readCacheMark } from "./read-content.js";

/** `tools`, the older `functions`, and the search that `web_search_options` asks for. */
export function readTools(request: Fields): readonly HubTool[] {
  request.atMost("tools", mostTools);
  const tools = request.each("tools").map(readTool);
  const functions = request.each("functions");
  const search = request.object("web_search_options");
  if (functions.length === 0 && search === undefined) return tools;
  const old = functions.map((entry) => readFunction(entry, entry));
  if (search === undefined) return [...tools, ...old];
  return [...tools, ...old, readWebSearch(request.of(search, request.at("web_search_options")))];
}

/** The most tools of a request. OpenAI takes 128. */
const mostTools = 10_000;

function readTool(tool: Fields): HubTool {
  const type = tool.text("type");
  if (isJsonObject(tool.value["function"]) || type === "function")
    return readFunction(tool.in("function") ?? tool, tool);
  if (isJsonObject(tool.value["input_schema"])) return readForeignFunction(tool);
  if (type === "custom") return readCustom(tool.in("custom") ?? tool, tool);
  const known = { type: "vendor", value: tool.value, path: tool.path } as const;
  // Messages has a version in the name of each of its own tools.
  if (type !== undefined && /_\d{8}$/u.test(type.slice(-longestVersion)))
    return { ...known, kind: type, wire: "messages" };
  return { ...known, kind: tool.neededText("type"), wire: "chat" };
}

const longestVersion = 9;

/** A function as Messages declares it. */
function readForeignFunction(tool: Fields): HubTool {
  tool.skip("type");
  const read = given({
    description: tool.text("description"),
    parameters: tool.object("input_schema"),
    strict: tool.flag("strict"),
    cache: readCacheMark(tool),
  });
  const name = tool.neededText("name");
  const rest = tool.rest();
  return { type: "function", name, path: tool.path, ...read, ...given({ extra: rest && { messages: rest } }) };
}

/** What is unknown of a tool, as it stands where tools hold functions. */
function restOf(tool: Fields, fields: Fields): Extra | undefined {
  const rest = fields === tool ? fields.rest() : tool.rest();
  return chatExtra(fields === tool && rest !== undefined ? { function: rest } : rest);
}

/** @param tool - what holds the function; the function itself where it stands alone */
function readFunction(fields: Fields, tool: Fields): HubTool {
  const read = given({
    description: fields.text("description"),
    parameters: fields.object("parameters"),
    strict: fields.flag("strict"),
    cache: readCacheMark(tool) ?? readCacheMark(fields),
  });
  const name = fields.neededText("name");
  return { type: "function", name, path: tool.path, ...read, ...given({ extra: restOf(tool, fields) }) };
}

function readCustom(fields: Fields, tool: Fields): HubTool {
  const format = fields.in("format");
  const grammar = format?.in("grammar");
  format?.skip("type");
  const read = given({
    description: fields.text("description"),
    cache: readCacheMark(tool),
    grammar:
      grammar === undefined
        ? undefined
        : { syntax: grammar.neededText("syntax"), definition: grammar.neededText("definition") },
  });
  const name = fields.neededText("name");
  return { type: "custom", name, path: tool.path, ...read, ...given({ extra: chatExtra(tool.rest()) }) };
}

function readWebSearch(search: Fields): HubTool {
  // The place is nested here, and flat in Responses.
  const place = search.in("user_location");
  return {
    type: "web_search",
    path: search.path,
    raw: { wire: "chat", value: search.value },
    ...given({
      contextSize: search.text("search_context_size"),
      location: place?.object("approximate"),
    }),
  };
}

/** `tool_choice`, or the older `function_call`. */
export function readToolChoice(request: Fields): HubToolChoice | undefined {
  const choice = request.any("tool_choice") ?? request.any("function_call");
  const path = request.at(request.value["tool_choice"] == null ? "function_call" : "tool_choice");
  if (choice === undefined) return undefined;
  if (choice === "auto" || choice === "none" || choice === "required") return { type: choice };
  if (typeof choice === "string") return untranslatable(path, 'must be "auto", "none", "required" or an object.');
  return readChosen(new Fields(choice, path));
}

/** Whether several tools may be called at once. Messages has it in the choice of a tool. */
export function readParallelCalls(request: Fields): boolean | undefined {
  const allowed = request.flag("parallel_tool_calls");
  const choice = request.value["tool_choice"];
  return isJsonObject(choice) && choice["disable_parallel_tool_use"] === true ? false : allowed;
}

function readChosen(choice: Fields): HubToolChoice {
  const type = choice.text("type") ?? "function";
  if (type === "auto" || type === "none") return { type };
  if (type === "any") return { type: "required" };
  if (type === "tool") return { type: "tool", kind: "function", name: choice.neededText("name") };
  if (type === "function" || type === "custom") {
    const named = choice.in(type) ?? choice;
    return { type: "tool", kind: type, name: named.neededText("name") };
  }
  if (type !== "allowed_tools") return { type: "vendor", wire: "chat", value: choice.value };
  const allowed = choice.in("allowed_tools") ?? choice;
  const tools = allowed.each("tools");
  return {
    type: "allowed",
    mode: allowed.text("mode") === "required" ? "required" : "auto",
    names: tools.map((tool) => (tool.in("function") ?? tool.in("custom") ?? tool).neededText("name")),
    raw: tools.map(({ value }) => value),
  };
}
