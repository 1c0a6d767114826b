import type { LanguageModelV4CallOptions, LanguageModelV4ProviderTool } from "@ai-sdk/provider";
import type { JsonObject } from "@modelyard/core";
import { type HubTool, type HubToolChoice, messages, responses, type WireName } from "@modelyard/wires";
import { flagOf, given } from "../given.js";
import { cacheMarkIn } from "./cache-mark.js";
import type { LossList } from "./loss-list.js";
import { anthropicTool, ofApplication, openaiTool, vendorName } from "./vendor-tools.js";

interface ToolReading {
  readonly wire: WireName;
  readonly losses: LossList;
}

/** The tools of a call, and which of them the model must use. */
export function readTools(
  { tools = [], toolChoice }: LanguageModelV4CallOptions,
  reading: ToolReading,
): { readonly tools: readonly HubTool[]; readonly toolChoice?: HubToolChoice } {
  const read = tools.flatMap((tool, index): readonly HubTool[] => {
    const path = `tools[${String(index)}]`;
    if (tool.type === "provider") return readProviderTool(tool, path, reading);
    const { name, description, inputSchema, strict, providerOptions, inputExamples } = tool;
    if (inputExamples !== undefined)
      reading.losses.dropped(`${path}.inputExamples`, "Routers know no examples of inputs.");
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
  return { tools: read, ...given({ toolChoice: readChoice(toolChoice, tools) }) };
}

function readChoice(
  choice: LanguageModelV4CallOptions["toolChoice"],
  tools: LanguageModelV4CallOptions["tools"],
): HubToolChoice | undefined {
  if (choice?.type !== "tool") return choice;
  return { type: "tool", kind: "function", name: vendorName(choice.toolName, tools) };
}

/** The tools of a vendor, if routers know them. */
function readProviderTool(
  tool: LanguageModelV4ProviderTool,
  path: string,
  { wire, losses }: ToolReading,
): readonly HubTool[] {
  const [vendor, kind = ""] = tool.id.split(".", 2);
  if (vendor !== "anthropic" && ofApplication.has(kind)) {
    losses.refused(path, `Routers do not know the calls of ${tool.id}. Use a model of the AI SDK for it.`);
    return [];
  }
  const read =
    vendor === "openai" || vendor === "azure"
      ? responses.readRequest({ model: "m", input: [], tools: [openaiTool(kind, tool)] })
      : vendor === "anthropic"
        ? messages.readRequest({
            model: "m",
            messages: [{ role: "user", content: "x" }],
            tools: [anthropicTool(kind, tool)],
          })
        : undefined;
  // Other wires know one tool for searches, which is the oldest version of Anthropic's.
  if (vendor === "anthropic" && wire !== "messages" && kind.startsWith("web_search_") && kind !== "web_search_20250305")
    losses.converted(path, "This version of the tool only exists in the Messages API.");
  if (read !== undefined) return read.tools.map((found) => ({ ...found, path }));
  losses.refused(path, `Routers do not know the tool ${tool.id}.`);
  return [];
}
