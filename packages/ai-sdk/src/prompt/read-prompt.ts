import type {
  LanguageModelV4CallOptions,
  LanguageModelV4Message,
  LanguageModelV4Prompt,
  LanguageModelV4ToolResultPart,
} from "@ai-sdk/provider";
import { isJsonObject } from "@modelyard/core/kit";
import type { Block, HubRequest, Instruction, Turn, WireName } from "@modelyard/wires";
import { given } from "../given.js";
import { cacheMarkIn } from "./cache-mark.js";
import type { LossList } from "./loss-list.js";
import { readReasoning } from "./opaque.js";
import { readFile } from "./read-files.js";
import { vendorName } from "./vendor-tools.js";

interface PromptReading {
  readonly wire: WireName;
  readonly losses: LossList;
  readonly tools: LanguageModelV4CallOptions["tools"];
}

type AssistantMessage = Extract<LanguageModelV4Message, { readonly role: "assistant" }>;
type AssistantPart = AssistantMessage["content"][number];

/** Reads a prompt of the AI SDK. @param wire - of the request that will carry it */
export function readPrompt(
  prompt: LanguageModelV4Prompt,
  reading: PromptReading,
): Pick<HubRequest, "instructions" | "turns"> {
  const instructions: Instruction[] = [];
  const turns: Turn[] = [];
  for (const [index, message] of prompt.entries()) {
    const path = `prompt[${String(index)}]`;
    if (message.role === "system" && turns.length === 0) {
      const { content: text, providerOptions } = message;
      instructions.push({
        role: "system",
        text,
        place: "message",
        path,
        ...given({ cache: cacheMarkIn(providerOptions) }),
      });
    } else turns.push({ role: roleOf(message), blocks: marked(readMessage(message, path, reading), message), path });
  }
  return { instructions, turns };
}

function roleOf({ role }: LanguageModelV4Message): Turn["role"] {
  return role === "tool" ? "user" : role;
}

/** A mark on a message is one on its last block. */
function marked(blocks: readonly Block[], { providerOptions }: LanguageModelV4Message): readonly Block[] {
  const cache = cacheMarkIn(providerOptions);
  const last = blocks.at(-1);
  return cache === undefined || last === undefined || last.cache !== undefined
    ? blocks
    : [...blocks.slice(0, -1), { ...last, cache }];
}

function readMessage(message: LanguageModelV4Message, path: string, reading: PromptReading): readonly Block[] {
  if (message.role === "system") return [{ type: "text", text: message.content, path }];
  const at = (index: number): string => `${path}.content[${String(index)}]`;
  return message.content.flatMap((part, index) => {
    const block = readPart(part, at(index), reading);
    if (block === undefined) return [];
    const cache = cacheMarkIn(part.providerOptions);
    return [{ ...block, path: at(index), ...given({ cache }) }];
  });
}

function readPart(
  part: Exclude<LanguageModelV4Message, { readonly role: "system" }>["content"][number],
  path: string,
  reading: PromptReading,
): Block | undefined {
  const { losses, wire } = reading;
  switch (part.type) {
    case "text":
      return { type: "text", text: part.text };
    case "file":
      return readFile(part, { ...reading, path });
    case "reasoning":
      return readReasoning(part, wire, path);
    case "tool-call":
      return part.providerExecuted === true ? readServerTool(part, path, reading) : readCall(part, reading);
    case "tool-result":
      return isOfServer(part) ? readServerTool(part, path, reading) : readResult(part, path, reading);
    case "tool-approval-response":
      losses.dropped(path, "Routers know no approvals of tools that a vendor runs.");
      return undefined;
    case "custom":
    case "reasoning-file":
      return readServerTool(part, path, reading);
  }
}

function readCall(
  { toolCallId, toolName, input }: Extract<AssistantPart, { readonly type: "tool-call" }>,
  { tools }: PromptReading,
): Block {
  const text = typeof input === "string" ? input : JSON.stringify(input ?? {});
  return { type: "tool_call", id: toolCallId, name: vendorName(toolName, tools), input: { kind: "json", text } };
}

/** Whether a result is that of a tool that the vendor ran, which is part of the vendor's answer. */
function isOfServer({ providerOptions }: LanguageModelV4ToolResultPart): boolean {
  return providerOptions?.["modelyard"]?.["wire"] !== undefined;
}

/** Parts of an answer that only the wire they came from takes back. */
function readServerTool(
  { providerOptions, type }: AssistantPart,
  path: string,
  { wire, losses }: PromptReading,
): Block | undefined {
  const { wire: from, value } = providerOptions?.["modelyard"] ?? {};
  if (from === wire && isJsonObject(value)) return { type: "server_tool", wire, value };
  // The result of a call that carries both comes with the call.
  if (value !== undefined || type !== "tool-result")
    losses.dropped(path, "Only the API that this part came from takes it back.");
  return undefined;
}

function readResult(part: LanguageModelV4ToolResultPart, path: string, reading: PromptReading): Block {
  const { output, toolCallId: id } = part;
  const result = (blocks: readonly Block[], isError?: true): Block => ({
    type: "tool_result",
    id,
    of: "function",
    blocks,
    ...given({ isError }),
  });
  const said = (text: string): readonly Block[] => [{ type: "text", text, path }];
  switch (output.type) {
    case "text":
      return result(said(output.value));
    case "json":
      return result(said(JSON.stringify(output.value)));
    case "error-text":
      return result(said(output.value), true);
    case "error-json":
      return result(said(JSON.stringify(output.value)), true);
    case "execution-denied":
      return result(said(output.reason ?? "The user did not allow this tool to run."), true);
    case "content":
      return result(
        output.value.flatMap((entry, index) => readOutput(entry, `${path}.output.value[${String(index)}]`, reading)),
      );
  }
}

function readOutput(
  entry: Extract<LanguageModelV4ToolResultPart["output"], { readonly type: "content" }>["value"][number],
  path: string,
  reading: PromptReading,
): readonly Block[] {
  if (entry.type === "text") return [{ type: "text", text: entry.text, path }];
  if (entry.type === "file") {
    const block = readFile(entry, { ...reading, path });
    return block === undefined ? [] : [{ ...block, path }];
  }
  reading.losses.dropped(path, "Routers know no custom parts of results.");
  return [];
}
