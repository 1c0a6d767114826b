import {
  type LanguageModelV4,
  type LanguageModelV4CallOptions,
  type LanguageModelV4Content,
  type LanguageModelV4GenerateResult,
  type LanguageModelV4StreamResult,
  UnsupportedFunctionalityError,
} from "@ai-sdk/provider";
import type { Engine, JsonObject } from "@modelyard/core";
import { type Outcome, operations } from "@modelyard/core/kit";
import { chat, messages, refusalIn, responses, type HubAnswer, type Wire } from "@modelyard/wires";
import { type ContentNames, writeBlock } from "../answer/content.js";
import { writeFinish, writeUsage } from "../answer/usage.js";
import { given } from "../given.js";
import { originalCalls, originalResults } from "../originals.js";
import { betasOf, callerName, providerToolName } from "../prompt/vendor-tools.js";
import { type Carrier, writeCarrier } from "../prompt/write-carrier.js";
import { headersOf, metadataOf, warningsOf } from "./call-facts.js";
import { callOptions } from "./call-options.js";
import { routedStream } from "./routed-stream.js";
import { toSdkError } from "./to-sdk-error.js";

const wires: Readonly<Record<Carrier["wire"], Pick<Wire<never>, "readAnswer" | "streamReader">>> = {
  chat,
  messages,
  responses,
};

/** What every router shares: files that vendors read by their address. The SDK downloads the others. */
const anyImage: LanguageModelV4["supportedUrls"] = { "image/*": [/^https?:\/\/.*$/u] };

export interface RoutedModelOptions {
  readonly engine: Engine;
  readonly modelId: string;
  /** Files that all deployments read by their address. @defaultValue images */
  readonly supportedUrls?: LanguageModelV4["supportedUrls"];
  /** Whether deployments may be models of the AI SDK, which can serve what no request to a router carries. */
  readonly hasSdkModels: boolean;
}

interface MadeCall<Kind extends Outcome["kind"]> {
  readonly outcome: Extract<Outcome, { readonly kind: Kind }>;
  readonly carrier: Carrier;
  readonly names: ContentNames;
  readonly explain: (thrown: unknown) => unknown;
}

/** A name of a router as a model of the AI SDK. */
export class RoutedLanguageModel implements LanguageModelV4 {
  readonly specificationVersion = "v4";
  readonly provider = "modelyard";
  readonly modelId: string;
  readonly supportedUrls: LanguageModelV4["supportedUrls"];
  readonly #engine: Engine;
  readonly #hasSdkModels: boolean;

  constructor({ engine, modelId, supportedUrls = anyImage, hasSdkModels }: RoutedModelOptions) {
    this.modelId = modelId;
    this.supportedUrls = supportedUrls;
    this.#engine = engine;
    this.#hasSdkModels = hasSdkModels;
  }

  async doGenerate(options: LanguageModelV4CallOptions): Promise<LanguageModelV4GenerateResult> {
    const { outcome, carrier, names, explain } = await this.#call(options, false);
    const { value, trail } = outcome as Extract<Outcome, { readonly kind: "answer" }>;
    const request = { body: carrier.body };
    const original = originalResults.get(value);
    if (original !== undefined) {
      const response = { ...original.response, headers: headersOf(trail, original.response?.headers) };
      return { ...original, response, providerMetadata: metadataOf(trail, original.providerMetadata) };
    }
    const body = value as unknown as JsonObject;
    const answer = read(carrier.wire, body, explain);
    return {
      ...contentOf(answer, names),
      usage: writeUsage(answer.usage, trail.usage),
      providerMetadata: metadataOf(trail),
      request,
      response: { ...responseFacts(answer), headers: headersOf(trail), body },
      warnings: warningsOf(carrier, trail),
    };
  }

  async doStream(options: LanguageModelV4CallOptions): Promise<LanguageModelV4StreamResult> {
    const { outcome, carrier, names, explain } = await this.#call(options, true);
    const { parts, trail } = outcome as Extract<Outcome, { readonly kind: "stream" }>;
    const stream = routedStream({
      parts,
      trail,
      names,
      explain,
      reader: wires[carrier.wire].streamReader(),
      carrier,
      includeRawChunks: options.includeRawChunks === true,
    });
    return { stream, request: { body: carrier.body }, response: { headers: headersOf(trail) } };
  }

  async #call(options: LanguageModelV4CallOptions, stream: boolean): Promise<MadeCall<Outcome["kind"]>> {
    const { modelId } = this;
    const { abortSignal } = options;
    const carrier = writeCarrier(options, modelId, stream);
    const explain = (thrown: unknown): unknown =>
      toSdkError(thrown, { modelId, modelType: "languageModel", requestBody: carrier.body, abortSignal });
    const refusal = this.#hasSdkModels ? undefined : refusalIn(carrier.losses);
    if (refusal !== undefined)
      throw new UnsupportedFunctionalityError({
        functionality: refusal.path,
        message: `${refusal.path}: ${refusal.why}`,
      });
    originalCalls.set(carrier.body[operations[carrier.wire].required] as object, { options, body: carrier.body });
    const betas = carrier.wire === "messages" ? betasOf(options.tools) : [];
    try {
      const outcome = await this.#engine.execute(carrier.wire, carrier.body, callOptions(options, betas));
      return { outcome, carrier, names: namesOf(options, carrier), explain };
    } catch (thrown) {
      throw explain(thrown);
    }
  }
}

/** @throws the SDK's error for an answer that its vendor did not write as the API says */
function read(wire: Carrier["wire"], body: JsonObject, explain: MadeCall<"answer">["explain"]): HubAnswer {
  try {
    return wires[wire].readAnswer(body);
  } catch (thrown) {
    throw explain(thrown);
  }
}

function namesOf(options: LanguageModelV4CallOptions, { names }: Carrier): ContentNames {
  let sources = 0;
  return {
    tool: (written) => callerName(names.declared(written).name, options.tools),
    serverTool: (written) => providerToolName(options, written),
    sourceId: () => {
      sources += 1;
      return `source-${String(sources)}`;
    },
  };
}

function contentOf({ choices: [choice] }: HubAnswer, names: ContentNames) {
  const content: LanguageModelV4Content[] = (choice?.blocks ?? []).flatMap((block) => writeBlock(block, names));
  return { content, finishReason: writeFinish(choice?.stop ?? { reason: "other", value: "none" }) };
}

function responseFacts({ id, model: modelId, createdAt }: HubAnswer) {
  const timestamp = createdAt === undefined ? undefined : new Date(createdAt * 1_000);
  return { id, modelId, ...given({ timestamp }) };
}
