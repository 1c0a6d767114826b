import type {
  LanguageModelV4FilePart,
  LanguageModelV4Message,
  LanguageModelV4ToolResultPart,
  SharedV4ProviderOptions,
} from "@ai-sdk/provider";
import type { JSONObject } from "@ai-sdk/provider";
import type { Block, CacheMark, HubRequest, Loss, ReasoningBlock, Source, ToolNames, Turn } from "@modelyard/wires";
import { given } from "../given.js";

export interface PromptWriting {
  readonly names: ToolNames;
  readonly losses: Loss[];
}

type UserPart = Extract<LanguageModelV4Message, { readonly role: "user" }>["content"][number];
type AssistantPart = Extract<LanguageModelV4Message, { readonly role: "assistant" }>["content"][number];

/** Writes the prompt of a request for a model of the AI SDK. */
export function writePrompt({ instructions, turns }: HubRequest, writing: PromptWriting): LanguageModelV4Message[] {
  const calls = new Map<string, string>();
  for (const { blocks } of turns)
    for (const block of blocks) if (block.type === "tool_call") calls.set(block.id, block.name);
  return [
    ...instructions.map(({ text, cache }) => ({ role: "system" as const, content: text, ...optionsOf(cache) })),
    ...turns.flatMap((turn) => writeTurn(turn, calls, writing)),
  ];
}

/** A mark for a prompt cache, for all vendors that have one. */
function optionsOf(cache: CacheMark | undefined): { readonly providerOptions?: SharedV4ProviderOptions } {
  if (cache === undefined) return {};
  const cacheControl: JSONObject = { type: "ephemeral", ...given({ ttl: cache.ttl }) };
  return { providerOptions: { anthropic: { cacheControl }, bedrock: { cachePoint: { type: "default" } } } };
}

function writeTurn(turn: Turn, calls: ReadonlyMap<string, string>, writing: PromptWriting): LanguageModelV4Message[] {
  const { role, blocks } = turn;
  if (role === "assistant") return [{ role, content: blocks.flatMap((block) => writeAssistant(block, writing)) }];
  if (role !== "user") {
    const content = blocks.flatMap((block) => (block.type === "text" ? [block.text] : [])).join("\n\n");
    return [{ role: "system", content, ...optionsOf(blocks.at(-1)?.cache) }];
  }
  const results = blocks.filter((block) => block.type === "tool_result");
  const said = blocks.filter((block) => block.type !== "tool_result").flatMap((block) => writeUser(block, writing));
  return [
    ...(results.length === 0
      ? []
      : [{ role: "tool" as const, content: results.map((result) => writeResult(result, calls, writing)) }]),
    ...(said.length === 0 ? [] : [{ role: "user" as const, content: said }]),
  ];
}

function lose({ losses }: PromptWriting, { path = "prompt" }: Block, why: string): [] {
  losses.push({ path, kind: "refused", why });
  return [];
}

function writeUser(block: Block, writing: PromptWriting): readonly UserPart[] {
  switch (block.type) {
    case "text":
    case "refusal":
      return [{ type: "text", text: block.text, ...optionsOf(block.cache) }];
    case "search_result":
      return [
        {
          type: "text",
          text: [block.title, block.source, ...textsIn(block.blocks)].join("\n"),
          ...optionsOf(block.cache),
        },
      ];
    case "image":
    case "audio":
    case "document": {
      const file = writeFile(block);
      return file === undefined
        ? lose(writing, block, "Models of the AI SDK take no uploads of other vendors.")
        : [{ ...file, ...optionsOf(block.cache) }];
    }
    default:
      return lose(writing, block, "Models of the AI SDK do not know this part.");
  }
}

function textsIn(blocks: readonly Block[]): readonly string[] {
  return blocks.flatMap((block) => (block.type === "text" ? [block.text] : []));
}

function writeFile(
  block: Extract<Block, { readonly type: "audio" | "document" | "image" }>,
): LanguageModelV4FilePart | undefined {
  const { source, type } = block;
  const filename = type === "document" ? (block.filename ?? block.title) : undefined;
  const usual = type === "image" ? "image/*" : type === "audio" ? `audio/${block.format ?? "wav"}` : "application/pdf";
  if (source === undefined) return undefined;
  if (source.kind === "blocks")
    return {
      type: "file",
      mediaType: "text/plain",
      data: { type: "text", text: textsIn(source.blocks).join("\n\n") },
      ...given({ filename }),
    };
  const data = dataOf(source);
  if (data === undefined) return undefined;
  const mediaType = source.kind === "base64" ? source.mediaType : source.kind === "text" ? "text/plain" : usual;
  return { type: "file", mediaType, data, ...given({ filename }) };
}

function dataOf(source: Source): LanguageModelV4FilePart["data"] | undefined {
  if (source.kind === "base64") return { type: "data", data: source.data };
  if (source.kind === "text") return { type: "text", text: source.text };
  return source.kind === "url" && URL.canParse(source.url) ? { type: "url", url: new URL(source.url) } : undefined;
}

function writeAssistant(block: Block, writing: PromptWriting): readonly AssistantPart[] {
  switch (block.type) {
    case "text":
    case "refusal":
      return block.text === "" ? [] : [{ type: "text", text: block.text, ...optionsOf(block.cache) }];
    case "reasoning":
      return [{ type: "reasoning", text: block.text ?? block.summary?.join("\n\n") ?? "", ...reasoningOptions(block) }];
    case "tool_call": {
      const { id: toolCallId, name, namespace, input } = block;
      const toolName = writing.names.written(name, namespace);
      const value = input.kind === "text" ? { input: input.text } : parsed(input.text);
      return [{ type: "tool-call", toolCallId, toolName, input: value, ...optionsOf(block.cache) }];
    }
    default:
      writing.losses.push({ path: block.path ?? "prompt", kind: "dropped", why: "Only its own API takes it back." });
      return [];
  }
}

/** What the vendor that thought needs back, under the names that its provider of the AI SDK has for it. */
function reasoningOptions({ opaque, redacted, item }: ReasoningBlock): {
  readonly providerOptions?: SharedV4ProviderOptions;
} {
  if (opaque === undefined) return {};
  const { data, madeBy } = opaque;
  if (madeBy.wire === "messages")
    return { providerOptions: { anthropic: redacted === true ? { redactedData: data } : { signature: data } } };
  return {
    providerOptions: { openai: { reasoningEncryptedContent: data, ...given({ itemId: item?.id }) } },
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text || "{}");
  } catch {
    return text;
  }
}

function writeResult(
  block: Extract<Block, { readonly type: "tool_result" }>,
  calls: ReadonlyMap<string, string>,
  writing: PromptWriting,
): LanguageModelV4ToolResultPart {
  const { id: toolCallId, blocks, isError } = block;
  const head = {
    type: "tool-result" as const,
    toolCallId,
    toolName: calls.get(toolCallId) ?? "unknown",
    ...optionsOf(block.cache),
  };
  const text = textsIn(blocks).join("\n");
  if (isError === true) return { ...head, output: { type: "error-text", value: text } };
  if (blocks.every(({ type }) => type === "text")) return { ...head, output: { type: "text", value: text } };
  const value = blocks.flatMap((inner) => writeUser(inner, writing));
  return { ...head, output: { type: "content", value } };
}
