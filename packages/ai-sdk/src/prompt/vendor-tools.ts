import type { LanguageModelV4CallOptions, LanguageModelV4ProviderTool } from "@ai-sdk/provider";
import type { JsonObject } from "@modelyard/core";
import { isJsonObject } from "@modelyard/core/kit";
import { given } from "../given.js";

type Tools = LanguageModelV4CallOptions["tools"];

/** Tools of OpenAI's that the application runs itself: calls and results have forms of their own. */
export const ofApplication: ReadonlySet<string> = new Set([
  "apply_patch",
  "computer",
  "computer_use",
  "computer_use_preview",
  "local_shell",
  "shell",
  "tool_search",
]);

/** Names as the vendors' APIs write them, at all levels. The names of headers belong to the caller. */
function snakeCase(fields: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [
      key.replaceAll(/[A-Z]/gu, (letter) => `_${letter.toLowerCase()}`),
      isJsonObject(value) && key !== "headers" && key !== "filters" ? snakeCase(value) : value,
    ]),
  );
}

/** A tool of OpenAI's as its API has it. What a caller does not say is what the SDK's own provider says then. */
export function openaiTool(kind: string, { args, name }: LanguageModelV4ProviderTool): JsonObject {
  const { ranking, filters, ...fields } = snakeCase(args);
  const tool = { type: kind, ...fields };
  switch (kind) {
    case "code_interpreter": {
      const { container } = fields;
      return {
        ...tool,
        container: typeof container === "string" ? container : { type: "auto", ...(container as object) },
      };
    }
    case "file_search":
      return { ...tool, ...given({ ranking_options: ranking, filters }) };
    case "web_search":
      return { ...tool, ...(isJsonObject(filters) ? { filters: snakeCase(filters) } : {}) };
    case "mcp":
      return { require_approval: "never", ...tool };
    case "custom":
      return { ...tool, name };
    default:
      return tool;
  }
}

/** Anthropic's tools: the beginning of their type, and the name that the API insists on. */
const anthropicNames: readonly (readonly [type: string, name: string])[] = [
  ["code_execution_", "code_execution"],
  ["computer_", "computer"],
  ["text_editor_2024", "str_replace_editor"],
  ["text_editor_20250124", "str_replace_editor"],
  ["text_editor_", "str_replace_based_edit_tool"],
  ["bash_", "bash"],
  ["memory_", "memory"],
  ["web_search_", "web_search"],
  ["web_fetch_", "web_fetch"],
  ["tool_search_regex_", "tool_search_tool_regex"],
  ["tool_search_bm25_", "tool_search_tool_bm25"],
  ["advisor_", "advisor"],
];

function anthropicName(kind: string): string | undefined {
  return anthropicNames.find(([type]) => kind.startsWith(type))?.[1];
}

/** A tool of Anthropic's as its API has it. */
export function anthropicTool(kind: string, { args, name }: LanguageModelV4ProviderTool): JsonObject {
  const type = kind.replace(/^tool_search_(?=regex|bm25)/u, "tool_search_tool_");
  return { type, name: anthropicName(kind) ?? name, ...snakeCase(args) };
}

/** The betas that tools of Anthropic need, by their type. Source: `@ai-sdk/anthropic` 4. */
const betas: Readonly<Record<string, string>> = {
  code_execution_20250522: "code-execution-2025-05-22",
  code_execution_20250825: "code-execution-2025-08-25",
  computer_20241022: "computer-use-2024-10-22",
  computer_20250124: "computer-use-2025-01-24",
  computer_20251124: "computer-use-2025-11-24",
  text_editor_20241022: "computer-use-2024-10-22",
  text_editor_20250124: "computer-use-2025-01-24",
  text_editor_20250429: "computer-use-2025-01-24",
  bash_20241022: "computer-use-2024-10-22",
  bash_20250124: "computer-use-2025-01-24",
  memory_20250818: "context-management-2025-06-27",
  web_fetch_20250910: "web-fetch-2025-09-10",
  web_fetch_20260209: "code-execution-web-tools-2026-02-09",
  web_search_20260209: "code-execution-web-tools-2026-02-09",
  advisor_20260301: "advisor-tool-2026-03-01",
};

/** The betas of a call's tools. */
export function betasOf(tools: Tools = []): readonly string[] {
  const kinds = tools.flatMap((tool) =>
    tool.type === "provider" && tool.id.startsWith("anthropic.") ? [tool.id.slice("anthropic.".length)] : [],
  );
  return [...new Set(kinds.flatMap((kind) => (Object.hasOwn(betas, kind) ? [betas[kind] as string] : [])))];
}

/** The vendor's name for a tool of the caller's. */
export function vendorName(name: string, tools: Tools = []): string {
  const tool = tools.find((one) => one.type === "provider" && one.name === name);
  if (tool?.type !== "provider" || !tool.id.startsWith("anthropic.")) return name;
  return anthropicName(tool.id.slice("anthropic.".length)) ?? name;
}

/** The caller's name for a tool that a vendor named in a call. */
export function callerName(written: string, tools: Tools = []): string {
  return tools.find((tool) => tool.type === "provider" && vendorName(tool.name, tools) === written)?.name ?? written;
}

/** The caller's name for a tool that the vendor ran. */
export function providerToolName({ tools = [] }: Pick<LanguageModelV4CallOptions, "tools">, written: string): string {
  const named = callerName(written, tools);
  if (named !== written) return named;
  const found = tools.find(
    (tool) => tool.type === "provider" && tool.id.split(".", 2)[1]?.startsWith(written) === true,
  );
  return found?.name ?? written;
}

/** What OpenAI's tools only answer with if they are asked to. */
const includes: Readonly<Record<string, string>> = {
  "openai.web_search": "web_search_call.action.sources",
  "openai.code_interpreter": "code_interpreter_call.outputs",
};

/** What a request of Responses asks for, so that answers have what tools found. */
export function includesOf(tools: Tools = []): readonly string[] {
  return tools.flatMap((tool) =>
    tool.type === "provider" && Object.hasOwn(includes, tool.id) ? [includes[tool.id] as string] : [],
  );
}
