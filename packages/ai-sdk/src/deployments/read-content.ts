import type {
  LanguageModelV4Content,
  LanguageModelV4FinishReason,
  LanguageModelV4Usage,
  SharedV4ProviderMetadata,
} from "@ai-sdk/provider";
import { type Block, type HubStop, type HubUsage, type Opaque, openEnvelope } from "@modelyard/wires";
import { given, textOf } from "../given.js";

/** A part of an answer. Parts that only the SDK knows are not part of the translation. */
export function readContent(part: LanguageModelV4Content): readonly Block[] {
  switch (part.type) {
    case "text":
      return [{ type: "text", text: part.text }];
    case "reasoning":
      return [
        {
          type: "reasoning",
          ...given({ text: part.text === "" ? undefined : part.text }),
          ...opaqueIn(part.providerMetadata),
        },
      ];
    case "tool-call": {
      const { toolCallId: id, toolName: name, input: text } = part;
      return part.providerExecuted === true ? [] : [{ type: "tool_call", id, name, input: { kind: "json", text } }];
    }
    case "file": {
      const { data } = part;
      if (data.type !== "data" || typeof data.data !== "string" || !part.mediaType.startsWith("image/")) return [];
      return [{ type: "image", source: { kind: "base64", mediaType: part.mediaType, data: data.data } }];
    }
    default:
      return [];
  }
}

/** The blocks of a whole answer. Sources belong to the text before them. */
export function readBlocks(content: readonly LanguageModelV4Content[]): readonly Block[] {
  const blocks: Block[] = [];
  for (const part of content) {
    const last = blocks.at(-1);
    if (part.type === "source" && part.sourceType === "url" && last?.type === "text") {
      const { url, title } = part;
      const citation = { kind: "url" as const, url, ...given({ title }) };
      blocks[blocks.length - 1] = { ...last, citations: [...(last.citations ?? []), citation] };
    } else blocks.push(...readContent(part));
  }
  return blocks;
}

/** What only the vendor can read of its reasoning. */
export function opaqueIn(metadata: SharedV4ProviderMetadata = {}): {
  readonly opaque?: Opaque;
  readonly redacted?: true;
  readonly item?: { readonly id: string };
} {
  const { anthropic = {}, openai = metadata["azure"] ?? {}, modelyard = {} } = metadata;
  const sealed = textOf(modelyard["reasoning"]);
  if (sealed !== undefined) return given({ opaque: openEnvelope(sealed)?.opaque });
  const signature = textOf(anthropic["signature"]);
  if (signature !== undefined) return { opaque: { data: signature, madeBy: { wire: "messages" } } };
  const hidden = textOf(anthropic["redactedData"]);
  if (hidden !== undefined) return { opaque: { data: hidden, madeBy: { wire: "messages" } }, redacted: true };
  const encrypted = textOf(openai["reasoningEncryptedContent"]);
  if (encrypted === undefined) return {};
  const id = textOf(openai["itemId"]);
  return { opaque: { data: encrypted, madeBy: { wire: "responses" } }, ...(id === undefined ? {} : { item: { id } }) };
}

const reasons: Readonly<Record<LanguageModelV4FinishReason["unified"], HubStop>> = {
  stop: { reason: "end" },
  length: { reason: "length" },
  "content-filter": { reason: "content_filter" },
  "tool-calls": { reason: "tool_calls" },
  error: { reason: "error", error: { kind: "api_error", message: "The model ended its answer with an error." } },
  interrupted: { reason: "error", error: { kind: "stream_interrupted", message: "The answer was interrupted." } },
  other: { reason: "end" },
};

export function readStop({ unified }: LanguageModelV4FinishReason): HubStop {
  return Object.hasOwn(reasons, unified) ? reasons[unified] : { reason: "end" };
}

/** `undefined`: nothing was counted. */
export function readUsage({ inputTokens, outputTokens }: LanguageModelV4Usage): HubUsage | undefined {
  const { total: input, cacheRead, cacheWrite } = inputTokens;
  const { total: output, reasoning } = outputTokens;
  if (input === undefined && output === undefined) return undefined;
  return { input: input ?? 0, output: output ?? 0, ...given({ cacheRead, cacheWrite, reasoning }) };
}
