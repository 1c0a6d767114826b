import type { ChatCompletion, Deployment, JsonObject, OperationName, ProviderCall, Secret } from "@modelyard/core";
import {
  type AnswerOf,
  createProviderError,
  type FieldsCall,
  isJsonObject,
  isLong,
  type MaybePromise,
  type ProviderEnvironment,
  requestJson,
  type StreamPart,
} from "@modelyard/core/kit";
import {
  answersInChat,
  claudeCachePricing,
  type HttpExchange,
  type HttpOperation,
  type HttpVendor,
  providerKey,
  type SentChat,
  type WireTargets,
} from "@modelyard/provider-kit";
import { jsonToolName } from "./convert-json-output.js";
import { type ConvertedRequest, convertRequest, type FieldRules, unsupportedFields } from "./convert-request.js";
import { compileEndpoint, defaultBaseUrl, type Endpoint, type EndpointRules } from "./endpoint.js";
import { refusedInMessages } from "./fit-messages.js";
import { fitSchema } from "./fit-schema.js";
import { answerLimits, traitsOf } from "./model-traits.js";
import { nativeMessages, passedOn } from "./native-messages.js";
import type { AnthropicProviderOptions } from "./provider-options.js";
import { readRateLimit } from "./read-rate-limit.js";
import { providerName } from "./refuse.js";
import { toChatRequest, toTextAnswer, toTextParts } from "./text-completion.js";
import { requestIdHeaders, toProviderError } from "./to-provider-error.js";
import { ownSettings, validateDeployment } from "./validate-deployment.js";

type Exchange = HttpExchange<SentChat>;

/** How an operation is translated to and from a chat. */
interface MessageForm {
  readonly toChat: (request: JsonObject) => JsonObject;
  readonly fromChat: (answer: ChatCompletion) => AnswerOf;
  readonly fromParts: (parts: AsyncIterable<StreamPart>) => AsyncIterable<StreamPart>;
}

/** The operations that are translated into Anthropic's Messages API. */
const forms: Readonly<Partial<Record<OperationName, MessageForm>>> = {
  chat: { toChat: (request) => request, fromChat: (answer) => answer, fromParts: (parts) => parts },
  text_completion: { toChat: toChatRequest, fromChat: toTextAnswer, fromParts: toTextParts },
};

/** What follows the path of Messages, which serves all other operations. */
const below: Readonly<Partial<Record<OperationName, string>>> = { messages_count_tokens: "/count_tokens" };

const environment = {
  apiKey: ["ANTHROPIC_API_KEY"],
  apiBase: ["ANTHROPIC_API_BASE", "ANTHROPIC_BASE_URL"],
} satisfies ProviderEnvironment;

/** Anthropic's Messages API, or a host that is compatible with it. */
export function anthropicVendor(options: AnthropicProviderOptions): HttpVendor<SentChat, Endpoint> {
  const endpoints = new MessageEndpoints(options);
  const maxTokens = options.maxTokens ?? 4_096;
  return {
    name: providerName,
    claims: /^claude-/u,
    environment,
    baseUrl: defaultBaseUrl,
    settings: ownSettings,
    cachePricing: claudeCachePricing,
    api: "own",
    // Claude does so up to 4.5, and refuses to from 4.6 on. For a deployment, `capabilities.prefix: false` says so.
    continuesFromPrefix: (model) => traitsOf(model).prefill,
    operations: {
      ...Object.fromEntries(Object.entries(forms).map(([operation, form]) => [operation, messagesAs(form, maxTokens)])),
      messages: nativeMessages(fieldRules),
      messages_count_tokens: passedOn(fieldRules),
    },
    keyOf: (deployment) => endpoints.keyOf(deployment),
    validate: (deployment) => validateDeployment(deployment, endpoints.rules(deployment)),
    endpoint: (operation, deployment) => endpoints.compile(deployment, below[operation]),
    targets: { messages: (call, endpoint) => targetOf(fieldRules(endpoint, call), options) },
    unsupportedFields(operation, call, endpoint) {
      const rules = fieldRules(endpoint, call);
      const form = forms[operation];
      const request = call.request as unknown as JsonObject;
      return form === undefined ? refusedInMessages(request, rules) : unsupportedFields(form.toChat(request), rules);
    },
    requestIdHeaders,
    toError: toProviderError,
    rateLimit: readRateLimit,
  };
}

/** Messages, as the answers to chats are read. */
const answers: HttpOperation<SentChat, Endpoint> = {
  ...nativeMessages<SentChat>(fieldRules),
  answer(value: JsonObject, exchange: Exchange): AnswerOf {
    const { content, usage, stop_reason: reason } = value;
    if (!Array.isArray(content) || !isJsonObject(usage)) throw exchange.invalid("a good status, but no message");
    // A message without content is not an answer, unless its stop reason shows that the model had nothing to say.
    if (content.length === 0 && reason == null) throw exchange.invalid("a message without content");
    if (!content.every(isJsonObject)) throw exchange.invalid("an answer of an unexpected shape");
    return value as unknown as AnswerOf;
  },
};
const inChat = answersInChat(answers, { to: "messages", vendor: providerName });

/** An operation over the Messages API. Requests are translated here, and answers as those to all callers of other wires. */
function messagesAs(form: MessageForm, maxTokens: number): HttpOperation<SentChat, Endpoint> {
  return {
    write(call: ProviderCall, exchange: Exchange, endpoint: Endpoint): MaybePromise<string | Uint8Array> {
      const converted = convertRequest(form.toChat(call.request), {
        ...fieldRules(endpoint, call),
        model: call.model,
        stream: call.stream,
        dropParams: call.dropParams,
        omittedFields: call.omittedFields ?? [],
        maxTokens,
      });
      const showsUsage = wantsUsage(call.request);
      const written = ({ body, dropped, answersByTool }: ConvertedRequest): MaybePromise<string | Uint8Array> => {
        exchange.facts = { showsUsage, answeredBy: answersByTool ? jsonToolName : undefined };
        if (dropped.length > 0) exchange.dropped = dropped;
        return requestJson(body as unknown as JsonObject);
      };
      return converted instanceof Promise ? converted.then(written) : written(converted);
    },
    answer: (value, exchange) => form.fromChat(inChat.answer(value, exchange) as ChatCompletion),
    parts: (exchange) => form.fromParts(inChat.parts(exchange)),
    translates: true,
  };
}

/** The addresses and keys of one provider's deployments. */
class MessageEndpoints {
  readonly #options: AnthropicProviderOptions;
  readonly #apiKey: Secret | undefined;

  constructor(options: AnthropicProviderOptions) {
    this.#options = options;
    this.#apiKey = providerKey(options.apiKey, environment.apiKey, options.env);
  }

  keyOf(deployment: Deployment): Secret | undefined {
    return deployment.connection.apiKey ?? this.#apiKey;
  }

  rules(deployment: Deployment): EndpointRules {
    const { baseUrl, apiVersion } = this.#options;
    return { apiKey: this.keyOf(deployment), baseUrl, apiVersion };
  }

  /** @throws `bad_request` for an address that is not a valid URL */
  compile(deployment: Deployment, path: string | undefined): Endpoint {
    try {
      return compileEndpoint(deployment, this.rules(deployment), path);
    } catch {
      const message = "The base URL is not a valid URL. Use one like https://api.anthropic.com.";
      throw createProviderError({ kind: "bad_request", provider: providerName, param: "api_base", message });
    }
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

/** What requests that are translated from other wires than a chat must know. */
function targetOf(
  { traitsModel, apiVersion }: FieldRules,
  options: AnthropicProviderOptions,
): Partial<WireTargets["messages"]> {
  const { longest, forAgents } = answerLimits(traitsModel);
  return {
    traits: traitsOf(traitsModel),
    apiVersion,
    maxTokens: options.maxTokens ?? forAgents,
    marksByKey: true,
    fitSchema: (schema) => (isLong(schema) ? schema : fitSchema(schema)),
    ...(longest === undefined ? {} : { longestAnswer: longest }),
  };
}

function wantsUsage({ stream_options: options }: JsonObject): boolean {
  return isJsonObject(options) && options["include_usage"] === true;
}
