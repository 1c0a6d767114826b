import type { Deployment, JsonObject, OperationName, Secret } from "@modelyard/core";
import {
  type AnswerOf,
  createProviderError,
  type FieldsCall,
  isJsonObject,
  type ProviderEnvironment,
} from "@modelyard/core/kit";
import {
  chatOver,
  claudeCachePricing,
  claudePromptCache,
  type HttpExchange,
  type HttpOperation,
  type HttpVendor,
  providerKey,
  type SentChat,
  type WireTargets,
} from "@modelyard/provider-kit";
import { compileEndpoint, defaultBaseUrl, type Endpoint, type EndpointRules } from "./endpoint.js";
import { type FieldRules, refusedInMessages } from "./fit-messages.js";
import { fitSchema } from "./fit-schema.js";
import { answerLimits, traitsOf } from "./model-traits.js";
import { nativeMessages, passedOn } from "./native-messages.js";
import type { AnthropicProviderOptions } from "./provider-options.js";
import { readRateLimit } from "./read-rate-limit.js";
import { providerName } from "./refuse.js";
import { refusedInText, textOver } from "./text-completion.js";
import { requestIdHeaders, toProviderError } from "./to-provider-error.js";
import { ownSettings, validateDeployment } from "./validate-deployment.js";

type Exchange = HttpExchange<SentChat>;

/** What follows the path of Messages, which serves all other operations. */
const below: Readonly<Partial<Record<OperationName, string>>> = { messages_count_tokens: "/count_tokens" };

const environment = {
  apiKey: ["ANTHROPIC_API_KEY"],
  apiBase: ["ANTHROPIC_API_BASE", "ANTHROPIC_BASE_URL"],
} satisfies ProviderEnvironment;

/** Anthropic's Messages API, or a host that is compatible with it. */
export function anthropicVendor(options: AnthropicProviderOptions): HttpVendor<SentChat, Endpoint> {
  const endpoints = new MessageEndpoints(options);
  const chat = chatOver(answers, {
    to: "messages",
    vendor: providerName,
    target: (call, endpoint) => chatTarget(targetOf(fieldRules(endpoint, call), options), options),
  });
  const refused: { readonly [Name in OperationName]?: (call: FieldsCall, endpoint: Endpoint) => readonly string[] } = {
    chat: (call, endpoint) => chat.refused(call, endpoint),
    text_completion: (call, endpoint) => refusedInText(chat, call, endpoint),
  };
  return {
    name: providerName,
    claims: /^claude-/u,
    environment,
    baseUrl: defaultBaseUrl,
    settings: ownSettings,
    cachePricing: claudeCachePricing,
    promptCache: claudePromptCache,
    api: "own",
    // Claude does so up to 4.5, and refuses to from 4.6 on. For a deployment, `capabilities.prefix: false` says so.
    continuesFromPrefix: (model) => traitsOf(model).prefill,
    operations: {
      chat,
      text_completion: textOver(chat),
      messages: nativeMessages(fieldRules),
      messages_count_tokens: passedOn(fieldRules),
    },
    keyOf: (deployment) => endpoints.keyOf(deployment),
    validate: (deployment) => validateDeployment(deployment, endpoints.rules(deployment)),
    endpoint: (operation, deployment) => endpoints.compile(deployment, below[operation]),
    targets: { messages: (call, endpoint) => targetOf(fieldRules(endpoint, call), options) },
    unsupportedFields: (operation, call, endpoint) =>
      refused[operation]?.(call, endpoint) ?? refusedInMessages(call.request, fieldRules(endpoint, call)),
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

function fieldRules(
  endpoint: Endpoint,
  { deployment, model, allowedParams = [] }: Omit<FieldsCall, "request">,
): FieldRules {
  return {
    traitsModel: deployment.baseModel ?? model,
    apiVersion: endpoint.apiVersion,
    interleaved: endpoint.headers["anthropic-beta"]?.includes("interleaved-thinking") === true,
    refuses: deployment.refuses,
    allowedParams,
  };
}

/** What translated requests must know. */
function targetOf(
  { traitsModel, apiVersion, interleaved }: FieldRules,
  options: AnthropicProviderOptions,
): Partial<WireTargets["messages"]> {
  const { longest, forAgents } = answerLimits(traitsModel);
  return {
    traits: traitsOf(traitsModel),
    apiVersion,
    interleaved,
    maxTokens: options.maxTokens ?? forAgents,
    marksByKey: true,
    fitSchema,
    ...(longest === undefined ? {} : { longestAnswer: longest }),
  };
}

/**
 * The same for a chat. LiteLLM's callers, who set no limit, expect short answers, and pay for caching only if they mark what
 * is cached.
 */
function chatTarget(target: Partial<WireTargets["messages"]>, { maxTokens = 4_096 }: AnthropicProviderOptions) {
  return { ...target, maxTokens, marksByKey: false };
}
