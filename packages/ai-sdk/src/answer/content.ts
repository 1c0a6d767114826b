import type { JSONObject, LanguageModelV4Content, SharedV4ProviderMetadata } from "@ai-sdk/provider";
import type { JsonObject } from "@modelyard/core";
import { type Block, type Citation, type ReasoningBlock, seal, type WireName } from "@modelyard/wires";
import { given, textOf } from "../given.js";

/** What the names in an answer mean to the caller. */
export interface ContentNames {
  /** The caller's name for a function. */
  readonly tool: (written: string) => string;
  /** The caller's name for a tool that the vendor runs. */
  readonly serverTool: (written: string) => string;
  /** A new id for a source. */
  readonly sourceId: () => string;
}

/** The parts of an answer for one block. */
export function writeBlock(block: Block, names: ContentNames): readonly LanguageModelV4Content[] {
  switch (block.type) {
    case "text":
      return [{ type: "text", text: block.text }, ...(block.citations ?? []).flatMap((one) => writeSource(one, names))];
    case "refusal":
      return [{ type: "text", text: block.text }];
    case "reasoning":
      return [{ type: "reasoning", text: reasoningText(block), ...reasoningMetadata(block) }];
    case "tool_call":
      return [
        {
          type: "tool-call",
          toolCallId: block.id,
          toolName: names.tool(block.name),
          input: block.input.kind === "text" ? JSON.stringify(block.input.text) : block.input.text || "{}",
        },
      ];
    case "server_tool":
      return writeServerTool(block.wire, block.value, names);
    case "other":
      return [
        { type: "custom", kind: `modelyard.${block.wire}`, providerMetadata: wireMetadata(block.wire, block.value) },
      ];
    case "image":
    case "audio":
    case "document":
      return writeFile(block);
    default:
      return [];
  }
}

export function reasoningText({ text, summary }: ReasoningBlock): string {
  return text ?? summary?.join("\n\n") ?? "";
}

/** What the vendor needs back on the next turn, and only it can read. */
export function reasoningMetadata(block: ReasoningBlock): { readonly providerMetadata?: SharedV4ProviderMetadata } {
  const { opaque, redacted, item } = block;
  if (opaque === undefined) return {};
  const kind = redacted === true ? "red" : opaque.madeBy.wire === "messages" ? "sig" : "enc";
  const reasoning = seal({ opaque, kind, ...given({ itemId: item?.id }) });
  return { providerMetadata: { modelyard: { reasoning } } };
}

export function writeSource(
  { kind, url, title }: Citation,
  { sourceId }: Pick<ContentNames, "sourceId">,
): readonly Extract<LanguageModelV4Content, { readonly type: "source" }>[] {
  if (kind !== "url" || url === undefined) return [];
  return [{ type: "source", sourceType: "url", id: sourceId(), url, ...given({ title }) }];
}

function wireMetadata(wire: WireName, value: JsonObject): SharedV4ProviderMetadata {
  return { modelyard: { wire, value: value as JSONObject } };
}

/** A call of a tool that the vendor ran. In Responses it contains its result; in Messages the result is a block of its own. */
function writeServerTool(wire: WireName, value: JsonObject, names: ContentNames): readonly LanguageModelV4Content[] {
  const type = textOf(value["type"]) ?? "";
  const providerMetadata = wireMetadata(wire, value);
  const result = value as JSONObject;
  if (wire === "messages" && type.endsWith("_tool_result")) {
    const toolName = names.serverTool(type.replace(/_tool_result$/u, ""));
    const toolCallId = textOf(value["tool_use_id"]) ?? "";
    return [{ type: "tool-result", toolCallId, toolName, result, providerMetadata }];
  }
  const toolCallId = textOf(value["id"]) ?? "";
  const toolName = names.serverTool(textOf(value["name"]) ?? type.replace(/_call$/u, ""));
  const input = JSON.stringify(value["input"] ?? value["action"] ?? {});
  const call = { type: "tool-call" as const, toolCallId, toolName, input, providerExecuted: true, providerMetadata };
  // The metadata of the call stands for both when they come back.
  return wire === "messages" ? [call] : [call, { type: "tool-result", toolCallId, toolName, result }];
}

function writeFile(
  block: Extract<Block, { readonly type: "audio" | "document" | "image" }>,
): readonly LanguageModelV4Content[] {
  const { source } = block;
  if (source?.kind !== "base64") return [];
  return [{ type: "file", mediaType: source.mediaType, data: { type: "data", data: source.data } }];
}
