import type {
  EmbeddingModelV4,
  LanguageModelV4,
  LanguageModelV4GenerateResult,
  SharedV4Warning,
} from "@ai-sdk/provider";
import type { JsonObject, OperationName, Provider, ProviderCall, ProviderResult } from "@modelyard/core";
import {
  asProviderError,
  createProviderError,
  type FieldsCall,
  operations,
  type ProviderAnswer,
  rejected,
} from "@modelyard/core/kit";
import { chat, type Crossing, messages, responses, StreamTranslation, translateAnswer } from "@modelyard/wires";
import { originalCalls, originalEmbeddings, originalResults, originalVectors } from "../originals.js";
import { failureOf } from "./failure.js";
import { ModelStream } from "./model-stream.js";
import { fieldOf, type SdkCall, sdkCall } from "./sdk-call.js";
import { sdkWire } from "./sdk-wire.js";
import { writeCall } from "./write-request.js";

const wires = { chat, messages, responses };
type WireOperation = keyof typeof wires;

function isWire(operation: OperationName): operation is WireOperation {
  return Object.hasOwn(wires, operation);
}

/** A model of the AI SDK that is a deployment. */
export type SdkModel =
  | { readonly kind: "language"; readonly model: LanguageModelV4 }
  | { readonly kind: "embedding"; readonly model: EmbeddingModelV4 };

/** Calls the models of one provider of the AI SDK. They are found by the id of their deployment. */
export class ModelProvider implements Provider {
  readonly specVersion = 1;
  readonly operations: readonly OperationName[] = ["chat", "responses", "messages", "embeddings"];
  readonly name: string;
  /** The vendor as price catalogs call it: `openai` of `openai.responses`. */
  readonly catalogId: string;
  readonly #models: ReadonlyMap<string, SdkModel>;

  /** @param models - by the ids of their deployments */
  constructor(name: string, models: ReadonlyMap<string, SdkModel>) {
    this.name = name;
    this.catalogId = name.split(".", 1)[0] ?? name;
    this.#models = models;
  }

  call(operation: OperationName, call: ProviderCall): Promise<ProviderResult> {
    const found = this.#models.get(call.deployment.id);
    if (found?.kind === "language" && isWire(operation)) return callModel(found.model, operation, call);
    if (found?.kind === "embedding" && operation === "embeddings") return embed(found.model, call);
    const { provider, id: deploymentId } = call.deployment;
    const message = `${provider} (${call.model}) does not support ${operation}. Configure a model that does.`;
    return rejected(
      createProviderError({ kind: "unsupported_params", provider, deploymentId, param: "model", message }),
    );
  }

  unsupportedFields(operation: OperationName, { deployment, request }: FieldsCall): readonly string[] {
    const kind = this.#models.get(deployment.id)?.kind;
    if (kind !== (operation === "embeddings" ? "embedding" : "language")) return ["model"];
    if (!isWire(operation)) return [];
    const { required } = operations[operation];
    const body = request as unknown as JsonObject;
    const prompt = body[required];
    if (typeof prompt === "object" && prompt !== null && originalCalls.has(prompt)) return [];
    try {
      // Only the fields are checked, so that this takes little time for every size of prompt.
      const { losses } = writeCall(
        wires[operation].readRequest({ ...body, [required]: [{ role: "user", content: "." }] }),
      );
      return losses.filter((loss) => loss.kind === "refused").map(({ path }) => fieldOf(path));
    } catch {
      // A request that cannot be read is refused by all candidates alike.
      return [];
    }
  }
}

async function callModel(
  model: LanguageModelV4,
  operation: WireOperation,
  call: ProviderCall,
): Promise<ProviderResult> {
  try {
    const made = sdkCall(wires[operation], operations[operation].required, call);
    const options = { ...made.options, abortSignal: call.cancellation.signal };
    const crossing = crossingOf(model, operation, call, made);
    if (!call.stream) return answerOf(await model.doGenerate(options), made, crossing);
    const { stream } = await model.doStream(options);
    const parts = new ModelStream({
      stream,
      call,
      row: operations[operation],
      translation: new StreamTranslation(crossing),
      keeps: made.isOriginal,
    });
    return { kind: "stream", parts, droppedParams: made.dropped };
  } catch (thrown) {
    const failure = failureOf(thrown, call);
    // A request or an answer that cannot be translated is a failure of the deployment, not of the router.
    throw call.cancellation.cancelled ? failure : asProviderError(failure, call.deployment);
  }
}

function answerOf(result: LanguageModelV4GenerateResult, made: SdkCall, crossing: Crossing): ProviderAnswer {
  const translated = translateAnswer(crossing, { ...result }).value;
  const value = translated as unknown as ProviderAnswer["value"];
  if (made.isOriginal) originalResults.set(value, result);
  const requestId = result.response?.headers?.["x-request-id"] ?? result.response?.headers?.["request-id"];
  const droppedParams = made.isOriginal ? [] : [...made.dropped, ...result.warnings.flatMap(unsupported)];
  return { kind: "answer", value, requestId, droppedParams };
}

function unsupported(warning: SharedV4Warning): readonly string[] {
  return warning.type === "unsupported" ? [warning.feature] : [];
}

function crossingOf(
  { provider }: LanguageModelV4,
  operation: WireOperation,
  call: ProviderCall,
  { names }: SdkCall,
): Crossing {
  const { [operations[operation].required]: _, ...request } = call.request as unknown as JsonObject;
  const { model, stream_options: options } = request;
  const usage = (options as JsonObject | undefined)?.["include_usage"] === true;
  return {
    from: sdkWire(call.now()),
    to: wires[operation],
    names,
    answerer: { vendor: provider.split(".", 1)[0] ?? provider, model: call.model },
    caller: {
      now: Math.floor(call.now() / 1_000),
      request: operation === "responses" ? request : {},
      streamUsage: usage,
      ...(operation === "messages" && typeof model === "string" ? { model } : {}),
    },
  };
}

async function embed(model: EmbeddingModelV4, call: ProviderCall): Promise<ProviderResult> {
  const { input, dimensions } = call.request as ProviderCall<"embeddings">["request"];
  try {
    const values = textsOf(input, call);
    const original = typeof input === "object" ? originalEmbeddings.get(input) : undefined;
    const settings = { values, ...(dimensions === undefined ? {} : { dimensions }) };
    const result = await model.doEmbed({ ...original?.options, ...settings, abortSignal: call.cancellation.signal });
    const { tokens = 0 } = result.usage ?? {};
    const value = {
      object: "list" as const,
      model: call.model,
      data: result.embeddings.map((embedding, index) => ({ object: "embedding" as const, index, embedding })),
      ...(result.usage === undefined ? {} : { usage: { prompt_tokens: tokens, total_tokens: tokens } }),
    };
    if (original !== undefined) originalVectors.set(value, result);
    return { kind: "answer", value };
  } catch (thrown) {
    throw failureOf(thrown, call);
  }
}

function textsOf(input: ProviderCall<"embeddings">["request"]["input"], { deployment }: ProviderCall): string[] {
  if (typeof input === "string") return [input];
  if (input.every((text) => typeof text === "string")) return input as string[];
  const { provider, id: deploymentId } = deployment;
  const message = `${provider} takes texts, not tokens. Send the texts.`;
  throw createProviderError({ kind: "unsupported_params", provider, deploymentId, param: "input", message });
}
