import type Anthropic from "@anthropic-ai/sdk";
import type { JsonObject } from "@modelyard/core";
import { isJsonObject } from "@modelyard/core/kit";
import type { ModelTraits } from "./model-traits.js";
import { cannotSend, invalidRequest, type Unsupported } from "./refuse.js";

/** The most tools of a request. OpenAI accepts 128. */
const mostTools = 10_000;

const anything = { type: "object", properties: {} } as const satisfies Anthropic.Tool.InputSchema;

function functionTool(tool: JsonObject, named: JsonObject): Anthropic.Tool {
  const { name, description, parameters, strict } = named;
  if (typeof name !== "string" || name === "") throw invalidRequest("tools", "A tool has no function.name.");
  const cacheControl = tool["cache_control"] ?? named["cache_control"];
  return {
    name,
    ...(typeof description === "string" && description !== "" ? { description } : {}),
    input_schema: isJsonObject(parameters) ? { ...parameters, type: "object" } : anything,
    ...(strict === true ? { strict } : {}),
    ...(cacheControl == null ? {} : { cache_control: cacheControl as Anthropic.CacheControlEphemeral }),
  };
}

/** @returns `undefined` if there are no tools @throws `invalid_request` for an invalid tool */
export function convertTools(value: unknown): Anthropic.ToolUnion[] | undefined {
  if (value == null) return undefined;
  if (!Array.isArray(value)) throw invalidRequest("tools", "tools must be a list.");
  if (value.length === 0) return undefined;
  if (value.length > mostTools)
    throw invalidRequest("tools", `tools has more than ${String(mostTools)} entries. Send fewer.`);
  return (value as readonly unknown[]).map((tool) => {
    if (!isJsonObject(tool)) throw invalidRequest("tools", "A tool is not an object.");
    if (isJsonObject(tool["function"])) return functionTool(tool, tool["function"]);
    // Anthropic's own tools are sent as they are. It does not know OpenAI's other kinds of tools.
    if (typeof tool["name"] === "string" || /_\d{8}$/u.test(String(tool["type"]).slice(-9)))
      return tool as unknown as Anthropic.ToolUnion;
    throw cannotSend("tools", `Anthropic does not support tools of the type ${String(tool["type"]).slice(0, 60)}.`);
  });
}

/** Declares the tools that were called earlier in the conversation, which Anthropic requires. */
export function declareUsed(names: Iterable<string>): Anthropic.ToolUnion[] {
  return [...names].map((name) => ({ name, input_schema: anything }));
}

function read(choice: unknown): Anthropic.ToolChoice | undefined {
  if (choice == null) return undefined;
  if (choice === "auto") return { type: "auto" };
  if (choice === "none") return { type: "none" };
  if (choice === "required") return { type: "any" };
  if (isJsonObject(choice)) {
    const named = choice["function"];
    if (isJsonObject(named) && typeof named["name"] === "string") return { type: "tool", name: named["name"] };
    if (choice["type"] === "tool" && typeof choice["name"] === "string") return { type: "tool", name: choice["name"] };
    if (choice["type"] === "auto" || choice["type"] === "any" || choice["type"] === "none")
      return { type: choice["type"] };
  }
  throw cannotSend("tool_choice", "tool_choice must be auto, none, required, or name a function.");
}

/** Whether the model must call a tool. */
export function forces(choice: Anthropic.ToolChoice | undefined): boolean {
  return choice?.type === "any" || choice?.type === "tool";
}

/** Converts `tool_choice` and `parallel_tool_calls`, for a request with tools. */
export function convertToolChoice(
  request: JsonObject,
  traits: ModelTraits,
  unsupported: Unsupported,
): Anthropic.ToolChoice | undefined {
  let choice = read(request["tool_choice"]);
  if (forces(choice) && !traits.forcedTools) {
    unsupported.refuse("tool_choice", "the model cannot be made to call a tool");
    choice = { type: "auto" };
  }
  const native = isJsonObject(request["tool_choice"]) && request["tool_choice"]["disable_parallel_tool_use"] === true;
  if (request["parallel_tool_calls"] !== false && !native) return choice;
  if (choice?.type === "none") return choice;
  return { ...(choice ?? { type: "auto" }), disable_parallel_tool_use: true };
}
