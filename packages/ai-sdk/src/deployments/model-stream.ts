import type { LanguageModelV4StreamPart, LanguageModelV4Usage } from "@ai-sdk/provider";
import type { JsonObject, ProviderCall, Usage } from "@modelyard/core";
import { createProviderError, type OperationRow, type StreamPart } from "@modelyard/core/kit";
import type { StreamTranslation, WireEvent } from "@modelyard/wires";
import { given } from "../given.js";
import { originalParts } from "../originals.js";
import { failureOf, streamFailure } from "./failure.js";

export interface ModelStreamOptions {
  readonly stream: ReadableStream<LanguageModelV4StreamPart>;
  readonly translation: StreamTranslation;
  readonly row: OperationRow;
  readonly call: ProviderCall;
  /** Whether the parts stay with the router's, for a caller that is the AI SDK. */
  readonly keeps: boolean;
}

/** Parts that bring content, though no event of a wire may stand for them. */
const contents: ReadonlySet<LanguageModelV4StreamPart["type"]> = new Set([
  "custom",
  "file",
  "reasoning-file",
  "source",
  "tool-call",
  "tool-result",
]);

/** The stream of a model of the AI SDK, translated into the wire of the caller. Each part becomes one. */
export class ModelStream implements AsyncIterable<StreamPart>, AsyncIterator<StreamPart> {
  readonly #options: ModelStreamOptions;
  readonly #reader: ReadableStreamDefaultReader<LanguageModelV4StreamPart>;

  constructor(options: ModelStreamOptions) {
    this.#options = options;
    this.#reader = options.stream.getReader();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<StreamPart>> {
    const { call } = this.#options;
    try {
      const step = await this.#reader.read();
      if (step.done) return { done: true, value: undefined };
      return { done: false, value: this.#part(step.value) };
    } catch (thrown) {
      throw failureOf(thrown, call);
    }
  }

  async return(): Promise<IteratorResult<StreamPart>> {
    await this.#reader.cancel().catch(() => undefined);
    return { done: true, value: undefined };
  }

  #part(part: LanguageModelV4StreamPart): StreamPart {
    const { translation, row, call, keeps } = this.#options;
    if (part.type === "error") throw streamFailure(part.error, call);
    if (part.type === "finish") this.#check(part.finishReason.unified);
    const events = translation.read(part as unknown as WireEvent);
    const chunks = events.filter((event) => event !== "[DONE]");
    const made = partOf(chunks, row, part);
    if (keeps) originalParts.set(made, [part]);
    return made;
  }

  #check(reason: string): void {
    if (reason !== "error" && reason !== "interrupted") return;
    const { provider, id: deploymentId } = this.#options.call.deployment;
    const kind = reason === "error" ? "api_error" : "stream_interrupted";
    const message = `${provider} ended its answer with the finish reason "${reason}".`;
    throw createProviderError({ kind, provider, deploymentId, message });
  }
}

function partOf(chunks: readonly JsonObject[], { reads }: OperationRow, part: LanguageModelV4StreamPart): StreamPart {
  const finishReasons = chunks.flatMap((chunk) =>
    (reads.choices(chunk) ?? []).flatMap((choice) => reads.finishReason(choice) ?? []),
  );
  const contentLength = chunks.reduce((sum, chunk) => sum + reads.contentLength(chunk), 0);
  return {
    chunks: chunks as unknown as StreamPart["chunks"],
    bytes: undefined,
    content: contentLength > 0 || contents.has(part.type),
    contentLength: contents.has(part.type) ? Math.max(1, contentLength) : contentLength,
    finished: finishReasons.length,
    finishReasons,
    done: part.type === "finish",
    usage: part.type === "finish" ? usageOf(part.usage) : undefined,
  };
}

/** Tokens as the router counts them. */
export function usageOf({ inputTokens, outputTokens }: LanguageModelV4Usage): Usage | undefined {
  const { total: input, cacheRead, cacheWrite } = inputTokens;
  const { total: output, reasoning } = outputTokens;
  if (input === undefined && output === undefined) return undefined;
  return {
    prompt_tokens: input ?? 0,
    completion_tokens: output ?? 0,
    total_tokens: (input ?? 0) + (output ?? 0),
    prompt_tokens_details: given({ cached_tokens: cacheRead, cache_write_tokens: cacheWrite }),
    completion_tokens_details: given({ reasoning_tokens: reasoning }),
  };
}
