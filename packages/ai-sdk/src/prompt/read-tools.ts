import type { LanguageModelV4CallOptions, LanguageModelV4ProviderTool } from "@ai-sdk/provider";
import type { JsonObject } from "@modelyard/core";
import { isJsonObject } from "@modelyard/core/kit";
import { type HubTool, type HubToolChoice, messages, responses } from "@modelyard/wires";
import { flagOf, given } from "../given.js";
import { cacheMarkIn } from "./cache-mark.js";
import type { LossList } from "./loss-list.js";

/** The tools of a call, and which of them the model must use. */
export function readTools(
  { tools = [], toolChoice }: LanguageModelV4CallOptions,
  losses: LossList,
): { readonly tools: readonly HubTool[]; readonly toolChoice?: HubToolChoice } {
  const read = tools.flatMap((tool, index): readonly HubTool[] => {
    const path = `tools[${String(index)}]`;
    if (tool.type === "provider") return readProviderTool(tool, path, losses);
    const { name, description, inputSchema, strict, providerOptions, inputExamples } = tool;
    if (inputExamples !== undefined) losses.dropped(`${path}.inputExamples`, "Routers know no examples of inputs.");
    return [
      {
        type: "function",
        name,
        path,
        parameters: inputSchema as JsonObject,
        ...given({ description, strict: strict ?? flagOf(providerOptions?.["openai"]?.["strict"]) }),
        ...given({ cache: cacheMarkIn(providerOptions) }),
      },
    ];
  });
  return { tools: read, ...given({ toolChoice: readChoice(toolChoice) }) };
}

function readChoice(choice: LanguageModelV4CallOptions["toolChoice"]): HubToolChoice | undefined {
  if (choice?.type !== "tool") return choice;
  return { type: "tool", kind: "function", name: choice.toolName };
}

/** Tools of OpenAI's that the application runs itself: calls and results have forms of their own. */
const ofApplication: ReadonlySet<string> = new Set([
  "apply_patch",
  "computer",
  "computer_use",
  "computer_use_preview",
  "local_shell",
  "shell",
  "tool_search",
]);

/** Tools that a vendor runs are written as in its API, which the wire's own reader then reads. */
function readProviderTool(tool: LanguageModelV4ProviderTool, path: string, losses: LossList): readonly HubTool[] {
  const [vendor, kind = ""] = tool.id.split(".", 2);
  if (vendor !== "anthropic" && ofApplication.has(kind)) {
    losses.refused(path, `Routers do not know the calls of ${tool.id}. Use a model of the AI SDK for it.`);
    return [];
  }
  const fields = snakeCase(tool.args);
  const read =
    vendor === "openai" || vendor === "azure"
      ? responses.readRequest({ model: "m", input: [], tools: [{ type: kind, ...fields }] })
      : vendor === "anthropic"
        ? messages.readRequest({ model: "m", messages: [], tools: [{ type: kind, name: tool.name, ...fields }] })
        : undefined;
  if (read !== undefined) return read.tools.map((found) => ({ ...found, path }));
  losses.refused(path, `Routers do not know the tool ${tool.id}.`);
  return [];
}

/** Names as the vendors' APIs write them, at all levels. */
function snakeCase(fields: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [
      key.replaceAll(/[A-Z]/gu, (letter) => `_${letter.toLowerCase()}`),
      isJsonObject(value) ? snakeCase(value) : value,
    ]),
  );
}

/** The name that the caller gave to a tool that a vendor runs. @param written - as the vendor names it in its answer */
export function providerToolName({ tools = [] }: Pick<LanguageModelV4CallOptions, "tools">, written: string): string {
  const found = tools.find(
    (tool) => tool.type === "provider" && tool.id.split(".", 2)[1]?.startsWith(written) === true,
  );
  return found?.name ?? written;
}
