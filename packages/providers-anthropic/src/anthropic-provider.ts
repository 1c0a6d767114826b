import type Anthropic from "@anthropic-ai/sdk";
import {
  type AnswerOf,
  type ChatCompletion,
  connectionSecrets,
  createProviderError,
  type Deployment,
  type FieldsCall,
  isJsonObject,
  type JsonObject,
  type OperationName,
  type Provider,
  type ProviderCall,
  type ProviderEnvironment,
  type ProviderError,
  type ProviderResult,
  rejected,
  requestJson,
  scrub,
  type Secret,
  type StreamPart,
  type Transport,
  TransportError,
  type TransportResponse,
} from "@modelyard/core";
import { checkOptions } from "@modelyard/core/options";
import {
  failureText,
  longestAnswer,
  providerKey,
  readAnswer,
  requestIdIn,
  sharedTransport,
  type WrongBody,
  wrongBody,
} from "@modelyard/provider-kit";
import { convertAnswer } from "./convert-answer.js";
import { type ConvertedRequest, convertRequest, type FieldRules, unsupportedFields } from "./convert-request.js";
import { compileEndpoint, type Endpoint, type EndpointRules } from "./endpoint.js";
import { MessageStream } from "./message-stream.js";
import { readRateLimit } from "./read-rate-limit.js";
import { traitsOf } from "./model-traits.js";
import { badRequest, cannotSend, providerName } from "./refuse.js";
import { StreamTranslator } from "./stream-translator.js";
import { toChatRequest, toTextAnswer, toTextPart } from "./text-completion.js";
import { type AnthropicProviderOptions, providerOptions } from "./provider-options.js";
import { requestIdHeaders, toProviderError } from "./to-provider-error.js";
import { ownSettings, validateDeployment } from "./validate-deployment.js";

/** What is needed of a call once it is on its way. */
interface Asked extends Pick<ProviderCall, "deployment" | "stream" | "now"> {
  readonly form: MessageForm;
  /** The caller wants to see the usage in its stream. */
  readonly showsUsage: boolean;
  readonly dropped: ConvertedRequest["dropped"];
  readonly answersByTool: ConvertedRequest["answersByTool"];
}

/** How an operation is asked and answered as a chat. */
interface MessageForm {
  readonly toChat: (request: JsonObject) => JsonObject;
  readonly fromChat: (answer: ChatCompletion) => AnswerOf;
  readonly fromPart: (part: StreamPart) => StreamPart;
}

/** The operations that Anthropic's messages can answer. */
const forms: Readonly<Partial<Record<OperationName, MessageForm>>> = {
  chat: { toChat: (request) => request, fromChat: (answer) => answer, fromPart: (part) => part },
  text_completion: { toChat: toChatRequest, fromChat: toTextAnswer, fromPart: toTextPart },
};

const environment = {
  apiKey: ["ANTHROPIC_API_KEY"],
  apiBase: ["ANTHROPIC_API_BASE", "ANTHROPIC_BASE_URL"],
} satisfies ProviderEnvironment;

/** A call on its way to being sent. */
interface SentCall {
  readonly call: ProviderCall;
  readonly form: MessageForm;
  readonly endpoint: Endpoint;
}

class AnthropicProvider implements Provider {
  readonly name = providerName;
  readonly specVersion = 1;
  readonly claims = /^claude-/u;
  readonly environment = environment;
  readonly settings = ownSettings;
  /** Up to 4.5; from 4.6 on Claude refuses to, which `capabilities.prefix: false` says of a deployment. */
  readonly continuesFromPrefix = (model: string): boolean => traitsOf(model).prefill;
  readonly operations: readonly OperationName[] = Object.keys(forms) as OperationName[];
  readonly #options: AnthropicProviderOptions;
  readonly #apiKey: Secret | undefined;
  readonly #endpoints = new WeakMap<Deployment, Endpoint>();
  #transport: Transport | undefined;

  constructor(options: AnthropicProviderOptions) {
    this.#options = options;
    this.#apiKey = providerKey(options.apiKey, environment.apiKey, options.env);
    this.#transport = options.transport;
  }

  validate(deployment: Deployment): readonly string[] {
    return validateDeployment(deployment, this.#rules(deployment));
  }

  call(operation: OperationName, call: ProviderCall): Promise<ProviderResult> {
    try {
      const form = forms[operation];
      if (form === undefined)
        throw cannotSend(
          "model",
          `Anthropic does not support ${operation}. Configure another provider for this group.`,
        );
      const endpoint = this.#endpoint(call.deployment);
      const converted = convertRequest(form.toChat(call.request), {
        ...fieldRules(endpoint, call),
        model: call.model,
        stream: call.stream,
        dropParams: call.dropParams,
        omittedFields: call.omittedFields ?? [],
        maxTokens: this.#options.maxTokens ?? 4_096,
      });
      const sent = { call, form, endpoint };
      return converted instanceof Promise ? this.#askLater(converted, sent) : this.#ask(converted, sent);
    } catch (thrown) {
      return rejected(this.#explain(thrown, call.deployment));
    }
  }

  async #askLater(converting: Promise<ConvertedRequest>, sent: SentCall): Promise<ProviderResult> {
    return this.#ask(await converting, sent);
  }

  /** @throws `bad_request` for a request that JSON cannot say */
  #ask({ body, dropped, answersByTool }: ConvertedRequest, sent: SentCall): Promise<ProviderResult> {
    const { call, form, endpoint } = sent;
    const { deployment, stream, now } = call;
    call.cancellation.throwIfCancelled();
    const json = requestJson({ ...body });
    const sending = json instanceof Promise ? this.#sendLater(endpoint, json, call) : this.#send(endpoint, json, call);
    const showsUsage = wantsUsage(call.request);
    return this.#receive(sending, { deployment, stream, now, form, showsUsage, dropped, answersByTool });
  }

  unsupportedFields(operation: OperationName, call: FieldsCall): readonly string[] {
    const form = forms[operation];
    if (form === undefined) return ["model"];
    return unsupportedFields(form.toChat(call.request), fieldRules(this.#endpoint(call.deployment), call));
  }

  /** Apart from the sending: a function that waits keeps all that it was given, the request there, until it ends. */
  async #receive(sending: Promise<TransportResponse>, asked: Asked): Promise<ProviderResult> {
    const { deployment, stream, form, dropped, now } = asked;
    try {
      const response = await sending;
      if (response.status < 200 || response.status > 299)
        throw this.#toError(response.status, response, await failureText(response), asked);
      const facts = {
        requestId: requestIdIn(response, requestIdHeaders),
        rateLimit: readRateLimit(response, now),
        droppedParams: dropped.length === 0 ? undefined : dropped,
      };
      if (stream) return { kind: "stream", parts: this.#stream(response, asked) as never, ...facts };
      return { kind: "answer", value: form.fromChat(await this.#answer(response, asked)), ...facts };
    } catch (thrown) {
      throw this.#explain(thrown, deployment);
    }
  }

  #rules(deployment: Deployment): EndpointRules {
    return {
      apiKey: this.#keyOf(deployment),
      baseUrl: this.#options.baseUrl,
      apiVersion: this.#options.apiVersion,
    };
  }

  #keyOf(deployment: Deployment): Secret | undefined {
    return deployment.connection.apiKey ?? this.#apiKey;
  }

  #endpoint(deployment: Deployment): Endpoint {
    const known = this.#endpoints.get(deployment);
    if (known !== undefined) return known;
    let endpoint: Endpoint;
    try {
      endpoint = compileEndpoint(deployment, this.#rules(deployment));
    } catch {
      throw badRequest("api_base", "The base URL is not a valid URL. Use one like https://api.anthropic.com.");
    }
    this.#endpoints.set(deployment, endpoint);
    return endpoint;
  }

  /** A long body is written in turns of the event loop. */
  async #sendLater(endpoint: Endpoint, writing: Promise<Uint8Array>, call: ProviderCall): Promise<TransportResponse> {
    return this.#send(endpoint, await writing, call);
  }

  #send(endpoint: Endpoint, body: string | Uint8Array, call: ProviderCall): Promise<TransportResponse> {
    this.#transport ??= sharedTransport();
    return this.#transport.send({
      method: "POST",
      origin: endpoint.origin,
      path: endpoint.path,
      headers: endpoint.headers,
      body,
      cancellation: call.cancellation,
      connectMs: call.connectMs,
      headersMs: call.headersMs,
      publicOnly: call.deployment.connection.publicOnly,
    });
  }

  async #answer(response: TransportResponse, asked: Asked): Promise<ChatCompletion> {
    const read = readAnswer(response, await response.bytes(longestAnswer));
    if (read.wrong !== undefined) throw this.#wrong(response, read.wrong, asked);
    const { value } = read;
    if (!isJsonObject(value) || !Array.isArray(value["content"]) || !isJsonObject(value["usage"]))
      throw this.#invalid(asked.deployment, "a good status, but no message");
    const message = value as unknown as Anthropic.Message;
    // Without content there is no answer, unless the model had nothing to say and said so.
    if (message.content.length === 0 && (message.stop_reason as string | null | undefined) == null)
      throw this.#invalid(asked.deployment, "a message without content");
    try {
      return convertAnswer(message, { created: Math.floor(asked.now() / 1000), answersByTool: asked.answersByTool });
    } catch (thrown) {
      // A stack that overflows is not the vendor's fault: what it sends is not nested so deep.
      if (thrown instanceof RangeError) throw thrown;
      throw this.#invalid(asked.deployment, "a message of a shape that Anthropic does not have");
    }
  }

  #stream(response: TransportResponse, asked: Asked): AsyncIterable<StreamPart> {
    return new MessageStream({
      response,
      translator: new StreamTranslator({
        created: Math.floor(asked.now() / 1000),
        showUsage: asked.showsUsage,
        answersByTool: asked.answersByTool,
      }),
      finish: asked.form.fromPart,
      toError: (body) => this.#toError(undefined, response, body, asked),
      invalid: (problem) => this.#invalid(asked.deployment, problem),
      wrong: (text) => this.#wrong(response, wrongBody(response, text, "events"), asked),
      explain: (thrown) => this.#explain(thrown, asked.deployment),
    });
  }

  /** The error for a body that is not what was asked for. */
  #wrong(response: TransportResponse, { failure, problem }: WrongBody, asked: Asked): ProviderError {
    if (failure === undefined) return this.#invalid(asked.deployment, problem);
    return this.#toError(undefined, response, failure, asked);
  }

  #secretsOf(deployment: Deployment): readonly (Secret | undefined)[] {
    return connectionSecrets(deployment.connection, this.#keyOf(deployment));
  }

  #toError(
    status: number | undefined,
    response: TransportResponse,
    body: string,
    { deployment, now }: Asked,
  ): ProviderError {
    return toProviderError({
      status,
      header: (header) => response.header(header),
      body,
      provider: providerName,
      deploymentId: deployment.id,
      secrets: this.#secretsOf(deployment),
      now: now(),
    });
  }

  /** What was thrown at the sight of an answer may quote it: it is no cause. */
  #invalid(deployment: Deployment, problem: string): ProviderError {
    return createProviderError({
      kind: "invalid_response",
      provider: providerName,
      deploymentId: deployment.id,
      message: `${providerName} sent ${scrub(problem, this.#secretsOf(deployment))}.`,
    });
  }

  #explain(thrown: unknown, deployment: Deployment): unknown {
    if (!(thrown instanceof TransportError)) return thrown;
    return createProviderError({
      kind: thrown.phase === "timeout" ? "timeout" : "api_connection",
      provider: providerName,
      deploymentId: deployment.id,
      message: `${providerName} (${deployment.model}) ${thrown.deed}.`,
      cause: thrown,
    });
  }
}

function fieldRules(endpoint: Endpoint, { deployment, model, allowedParams = [] }: FieldsCall): FieldRules {
  return {
    traitsModel: deployment.baseModel ?? model,
    apiVersion: endpoint.apiVersion,
    interleaved: endpoint.headers["anthropic-beta"]?.includes("interleaved-thinking") === true,
    refuses: deployment.refuses,
    allowedParams,
  };
}

function wantsUsage({ stream_options: options }: JsonObject): boolean {
  return isJsonObject(options) && options["include_usage"] === true;
}

/** Anthropic's Messages API: the provider `anthropic`. Requests and answers are translated both ways. @throws `invalid_option` */
export function anthropic(options: AnthropicProviderOptions = {}): Provider {
  checkOptions(options, providerOptions, providerName);
  return new AnthropicProvider(options);
}
