import type {
  LanguageModelV4CallOptions,
  LanguageModelV4Content,
  LanguageModelV4FinishReason,
  LanguageModelV4GenerateResult,
  LanguageModelV4StreamPart,
  LanguageModelV4StreamResult,
  LanguageModelV4Usage,
} from "@ai-sdk/provider";
import { APICallError } from "@ai-sdk/provider";
import { convertArrayToReadableStream, MockLanguageModelV4 } from "ai/test";

export const usage: LanguageModelV4Usage = {
  inputTokens: { total: 10, noCache: 7, cacheRead: 3, cacheWrite: undefined },
  outputTokens: { total: 5, text: 3, reasoning: 2 },
};

/** A whole answer. */
export function result(
  content: readonly LanguageModelV4Content[] | string,
  unified: LanguageModelV4FinishReason["unified"] = "stop",
): LanguageModelV4GenerateResult {
  return {
    content: typeof content === "string" ? [{ type: "text", text: content }] : [...content],
    finishReason: { unified, raw: unified },
    usage,
    warnings: [],
  };
}

/** The parts of a streamed text. */
export function textParts(...pieces: readonly string[]): readonly LanguageModelV4StreamPart[] {
  return [
    { type: "stream-start", warnings: [] },
    { type: "response-metadata", id: "resp-1", modelId: "vendor-model" },
    { type: "text-start", id: "t" },
    ...pieces.map((delta) => ({ type: "text-delta" as const, id: "t", delta })),
    { type: "text-end", id: "t" },
    { type: "finish", finishReason: { unified: "stop", raw: "stop" }, usage },
  ];
}

export function streamOf(parts: readonly LanguageModelV4StreamPart[]): LanguageModelV4StreamResult {
  return { stream: convertArrayToReadableStream([...parts]) };
}

/** A model that says its name. */
export function model(modelId: string, provider = "acme.chat"): MockLanguageModelV4 {
  return new MockLanguageModelV4({
    modelId,
    provider,
    doGenerate: async () => result(`from ${modelId}`),
    doStream: async () => streamOf(textParts("from ", modelId)),
  });
}

export interface Refusal {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export function refusal({ status, headers = {}, body = '{"error":{"message":"Not now."}}' }: Refusal): APICallError {
  return new APICallError({
    message: "Not now.",
    url: "https://vendor.test/v1",
    requestBodyValues: {},
    ...(status === undefined ? {} : { statusCode: status }),
    responseHeaders: { ...headers },
    responseBody: body,
  });
}

/** A model whose calls fail. */
export function failing(modelId: string, error: unknown = refusal({ status: 500 })): MockLanguageModelV4 {
  const fail = async (): Promise<never> => {
    throw error;
  };
  return new MockLanguageModelV4({ modelId, provider: "acme.chat", doGenerate: fail, doStream: fail });
}

/** The calls of both kinds that a mock got. */
export function callsOf(mock: MockLanguageModelV4): readonly LanguageModelV4CallOptions[] {
  return [...mock.doGenerateCalls, ...mock.doStreamCalls];
}

/** Everything that a stream brings. */
export async function all<Item>(stream: AsyncIterable<Item>): Promise<readonly Item[]> {
  const items: Item[] = [];
  for await (const item of stream) items.push(item);
  return items;
}
