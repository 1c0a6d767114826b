import type { JsonObject } from "@modelyard/core";
import { isJsonObject } from "@modelyard/core/kit";

/** Where OpenAI serves a model. */
interface ServedAt {
  readonly models: RegExp;
  /**
   * Over chat completions: never; only there; or always, apart from what the table of versions says. Responses serves all
   * others.
   */
  readonly onChat: "never" | "only" | "yes";
}

/**
 * The first row that matches counts. Sources: LiteLLM's model map (`mode: responses`, `supported_endpoints`), 2026-11; OpenAI,
 * "Models"; for search models, Laisky/one-api#88.
 */
const byName: readonly ServedAt[] = [
  { models: /^gpt-5-search-api|-search-preview(?:-|$)/u, onChat: "only" },
  { models: /^gpt-5-chat/u, onChat: "yes" },
  {
    models:
      /^(?:o\d-pro|gpt-\d+(?:\.\d+)?-pro|gpt-\d+(?:\.\d+)?-codex|codex-mini|computer-use-preview|gpt-daybreak-)|-deep-research(?:-|$)/u,
    onChat: "never",
  },
];

/**
 * Models that chat completions does not let call functions while they reason. From `unlessNone` on they reason by default, so
 * only the effort `none` lets them. Sources: pipecat-ai/pipecat#4043, BerriAI/litellm#34569.
 */
const toolsFrom = { withEffort: 504, unlessNone: 506 } as const;

/** What is known about a model by its name. */
export interface ModelWires {
  readonly onChat: ServedAt["onChat"];
  /** Whether it reasons. */
  readonly reasons: boolean;
  /** 506 for `gpt-5.6-sol`; 0 for models with other names. */
  readonly version: number;
}

/** @param written - the model or, if it is set, the base model of a deployment */
export function wiresOfModel(written: string): ModelWires {
  const name = written.slice(written.lastIndexOf("/") + 1).toLowerCase();
  const { major, minor = "0" } = /^gpt-(?<major>\d+)(?:\.(?<minor>\d+))?(?:[.-]|$)/u.exec(name)?.groups ?? {};
  const version = major === undefined ? 0 : Number(major) * 100 + Number(minor);
  const onChat = byName.find(({ models }) => models.test(name))?.onChat ?? "yes";
  const talks = onChat === "only" || name.startsWith("gpt-5-chat");
  return { onChat, reasons: !talks && (version >= 500 || /^(?:o\d|codex-|computer-use)/u.test(name)), version };
}

/** Whether chat completions refuses a chat of a model, since it may call functions. */
export function refusesToolsOnChat({ onChat, reasons, version }: ModelWires, request: JsonObject): boolean {
  if (onChat !== "yes" || !reasons || version < toolsFrom.withEffort || !hasTool(request, isFunction)) return false;
  const effort = effortOf(request);
  return version >= toolsFrom.unlessNone ? effort !== "none" : effort !== undefined && effort !== "none";
}

/** Whether a chat has tools that only Responses knows, such as `tool_search`. */
export function hasHostedTool(request: JsonObject): boolean {
  return hasTool(request, (type) => type !== undefined && !isFunction(type) && type !== "custom");
}

/** Whether a chat asks for a summary of the model's reasoning, in LiteLLM's spelling, which only Responses can give. */
export function asksForSummary({ reasoning_effort: effort }: JsonObject): boolean {
  return isJsonObject(effort) && effort["summary"] != null;
}

/** The kind of most chats. */
export const withoutTools = "no tools";

/** The kind of a chat, as far as models may serve some kinds over chat completions and others not. */
export function toolTrigger(request: JsonObject): string {
  if (asksForSummary(request)) return "a summary";
  if (!hasTool(request, isFunction)) return withoutTools;
  const effort = effortOf(request);
  return effort === undefined ? "tools" : effort === "none" ? "tools without reasoning" : "tools with an effort";
}

/** Whether a chat, or a request for a message, has a field that Responses does not have. */
export function hasChatOnlyField(request: JsonObject): boolean {
  const { n, stop, stop_sequences: stops } = request;
  if ((typeof n === "number" && n > 1) || isSet(stop) || isSet(stops)) return true;
  return chatOnly.some((field) => request[field] != null && request[field] !== 0);
}

const chatOnly = ["presence_penalty", "frequency_penalty", "logit_bias", "audio", "prediction", "web_search_options"];

function isSet(value: unknown): boolean {
  return value != null && value !== "" && !(Array.isArray(value) && value.length === 0);
}

function effortOf({ reasoning_effort: effort, reasoning }: JsonObject): unknown {
  if (isJsonObject(effort)) return effort["effort"] ?? undefined;
  return effort ?? (isJsonObject(reasoning) ? reasoning["effort"] : undefined) ?? undefined;
}

function isFunction(type: unknown): boolean {
  return type === "function";
}

function hasTool({ tools }: JsonObject, matches: (type: unknown) => boolean): boolean {
  // Called for every chat of some models. A loop over indexes allocates nothing.
  if (!Array.isArray(tools)) return false;
  for (let index = 0; index < tools.length; index += 1) {
    const tool: unknown = tools[index];
    if (isJsonObject(tool) && matches(tool["type"])) return true;
  }
  return false;
}
