import type {
  EmbeddingModelV3,
  EmbeddingModelV4,
  LanguageModelV3,
  LanguageModelV3CallOptions,
  LanguageModelV3Content,
  LanguageModelV3Prompt,
  LanguageModelV3StreamPart,
  LanguageModelV3ToolResultOutput,
  LanguageModelV4,
  LanguageModelV4CallOptions,
  LanguageModelV4Content,
  LanguageModelV4Prompt,
  LanguageModelV4StreamPart,
  LanguageModelV4ToolResultOutput,
  SharedV4FileData,
} from "@ai-sdk/provider";
import { toBase64 } from "../base64.js";

/** A language model with the newest specification. Those with the one before are adapted. */
export function newestLanguageModel(model: LanguageModelV3 | LanguageModelV4): LanguageModelV4 {
  if (model.specificationVersion === "v4") return model;
  return {
    specificationVersion: "v4",
    provider: model.provider,
    modelId: model.modelId,
    get supportedUrls() {
      return model.supportedUrls;
    },
    doGenerate: async (options) => {
      const result = await model.doGenerate(olderOptions(options));
      return { ...result, content: result.content.map(newerContent) };
    },
    doStream: async (options) => {
      const result = await model.doStream(olderOptions(options));
      const newer = new TransformStream<LanguageModelV3StreamPart, LanguageModelV4StreamPart>({
        transform(part, controller) {
          controller.enqueue(newerPart(part));
        },
      });
      return { ...result, stream: result.stream.pipeThrough(newer) };
    },
  };
}

export function newestEmbeddingModel(model: EmbeddingModelV3 | EmbeddingModelV4): EmbeddingModelV4 {
  if (model.specificationVersion === "v4") return model;
  return {
    specificationVersion: "v4",
    provider: model.provider,
    modelId: model.modelId,
    maxEmbeddingsPerCall: model.maxEmbeddingsPerCall,
    supportsParallelCalls: model.supportsParallelCalls,
    doEmbed: (options) => model.doEmbed(options),
  };
}

function newerContent(content: LanguageModelV3Content): LanguageModelV4Content {
  return content.type === "file" ? { ...content, data: { type: "data", data: content.data } } : content;
}

function newerPart(part: LanguageModelV3StreamPart): LanguageModelV4StreamPart {
  return part.type === "file" ? { ...part, data: { type: "data", data: part.data } } : part;
}

function olderOptions(options: LanguageModelV4CallOptions): LanguageModelV3CallOptions {
  return { ...options, prompt: olderPrompt(options.prompt) };
}

function olderPrompt(prompt: LanguageModelV4Prompt): LanguageModelV3Prompt {
  return prompt.map((message) => {
    if (message.role === "system") return message;
    const content = message.content.map((part) => {
      if (part.type === "file") return { ...part, data: olderData(part.data) };
      return part.type === "tool-result" ? { ...part, output: olderOutput(part.output) } : part;
    });
    return { ...message, content };
  }) as LanguageModelV3Prompt;
}

/** Texts and uploads have no counterpart; they stay as they are, as in the SDK. */
function olderData(data: SharedV4FileData): unknown {
  if (data.type === "data") return data.data;
  return data.type === "url" ? data.url : data;
}

function olderOutput(output: LanguageModelV4ToolResultOutput): LanguageModelV3ToolResultOutput {
  if (output.type !== "content") return output;
  const value = output.value.map((part) => {
    if (part.type !== "file") return part;
    const { data, mediaType, filename, providerOptions } = part;
    switch (data.type) {
      case "data":
        return { type: "file-data", data: toBase64(data.data), mediaType, filename, providerOptions };
      case "url":
        return { type: "file-url", url: data.url.href, providerOptions };
      case "reference":
        return { type: "file-id", fileId: data.reference, providerOptions };
      default:
        return part;
    }
  });
  return { ...output, value } as LanguageModelV3ToolResultOutput;
}
