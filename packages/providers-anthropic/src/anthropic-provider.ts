import type Anthropic from "@anthropic-ai/sdk";
import {
  type ChatCompletion,
  createProviderError,
  type Deployment,
  isJsonObject,
  type JsonObject,
  type OperationName,
  type Provider,
  type ProviderCall,
  type ProviderError,
  type ProviderResult,
  type RateLimitReport,
  readQuota,
  Secret,
  type StreamPart,
  type Transport,
  TransportError,
  type TransportResponse,
} from "@modelyard/core";
import { sharedTransport } from "@modelyard/transport";
import { createParser } from "eventsource-parser";
import { convertAnswer } from "./convert-answer.js";
import { convertRequest } from "./convert-request.js";
import { StreamTranslator } from "./stream-translator.js";
import { toChatRequest, toTextAnswer, toTextPart } from "./text-completion.js";
import { toProviderError } from "./to-provider-error.js";

export interface AnthropicProviderOptions {
  /** Used by deployments without a key of their own. */
  readonly apiKey?: string | Secret;
  /** Used by deployments without an `apiBase` of their own. @defaultValue `https://api.anthropic.com` */
  readonly baseUrl?: string;
  /** Most tokens of an answer where the request does not say. @defaultValue 4_096 */
  readonly maxTokens?: number;
  /** What sends. @defaultValue one transport for all providers of the process */
  readonly transport?: Transport;
}

interface Endpoint {
  readonly origin: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

const name = "anthropic";
const quotas = {
  requests: {
    limit: "anthropic-ratelimit-requests-limit",
    remaining: "anthropic-ratelimit-requests-remaining",
    reset: "anthropic-ratelimit-requests-reset",
  },
  tokens: {
    limit: "anthropic-ratelimit-tokens-limit",
    remaining: "anthropic-ratelimit-tokens-remaining",
    reset: "anthropic-ratelimit-tokens-reset",
  },
} as const;

class AnthropicProvider implements Provider {
  readonly name = name;
  readonly specVersion = 1;
  readonly continuesFromPrefix = true;
  readonly operations: readonly OperationName[] = ["chat", "text_completion"];
  readonly #options: AnthropicProviderOptions;
  readonly #apiKey: Secret | undefined;
  readonly #endpoints = new WeakMap<Deployment, Promise<Endpoint>>();
  #transport: Transport | undefined;

  constructor(options: AnthropicProviderOptions) {
    this.#options = options;
    this.#apiKey = Secret.of(options.apiKey);
    this.#transport = options.transport;
  }

  validate(deployment: Deployment): readonly string[] {
    if (this.#keyOf(deployment) !== undefined) return [];
    return ["anthropic needs a key. Set apiKey (in YAML: the environment variable ANTHROPIC_API_KEY)."];
  }

  async call(operation: OperationName, call: ProviderCall): Promise<ProviderResult> {
    if (!this.operations.includes(operation)) {
      throw createProviderError({
        kind: "bad_request",
        provider: name,
        deploymentId: call.deployment.id,
        message: `Anthropic has no ${operation}. Configure another provider for this group.`,
      });
    }
    const text = operation === "text_completion";
    const given = call.request as unknown as JsonObject;
    const request = text ? toChatRequest(given) : given;
    const { body, dropped } = convertRequest(request, {
      model: call.model,
      stream: call.stream,
      dropParams: call.dropParams,
      maxTokens: this.#options.maxTokens ?? 4_096,
    });
    const endpoint = await this.#endpoint(call.deployment);
    call.cancellation.throwIfCancelled();
    try {
      this.#transport ??= sharedTransport();
      const response = await this.#transport.send({
        ...endpoint,
        method: "POST",
        body: JSON.stringify(body),
        cancellation: call.cancellation,
        connectMs: call.connectMs,
        headersMs: call.headersMs,
      });
      if (response.status < 200 || response.status > 299) throw await this.#failure(response, call);
      const facts = {
        requestId: response.header("request-id"),
        rateLimit: readRateLimit(response, call.now),
        ...(dropped.length === 0 ? {} : { droppedParams: dropped }),
      };
      if (call.stream) return { kind: "stream", parts: this.#parts(response, call, text) as never, ...facts };
      const answer = await this.#answer(response, call);
      return { kind: "answer", value: text ? toTextAnswer(answer) : answer, ...facts };
    } catch (thrown) {
      throw this.#explain(thrown, call.deployment);
    }
  }

  #keyOf(deployment: Deployment): Secret | undefined {
    return deployment.connection.apiKey ?? this.#apiKey;
  }

  #endpoint(deployment: Deployment): Promise<Endpoint> {
    let endpoint = this.#endpoints.get(deployment);
    if (endpoint === undefined) {
      endpoint = this.#compile(deployment);
      this.#endpoints.set(deployment, endpoint);
    }
    return endpoint;
  }

  /** Address and headers by the SDK's own rules; made once per deployment. */
  async #compile(deployment: Deployment): Promise<Endpoint> {
    const { Anthropic: Client } = await import("@anthropic-ai/sdk");
    const base = (deployment.connection.baseUrl ?? this.#options.baseUrl ?? "https://api.anthropic.com")
      .replace(/\/+$/u, "")
      .replace(/\/v1$/u, "");
    const key = this.#keyOf(deployment)?.reveal() ?? "";
    // `maxRetries: 0`: the router's is the only retry loop; the SDK never sends anything here anyway.
    const client = new Client({
      apiKey: key === "" ? "none" : key,
      authToken: null,
      baseURL: base,
      maxRetries: 0,
      dangerouslyAllowBrowser: true,
    });
    const { url, req } = await client.buildRequest({ method: "post", path: "/v1/messages", body: {} });
    const headers: Record<string, string> = {};
    for (const [header, value] of req.headers as Headers)
      if (!header.startsWith("x-stainless-")) headers[header] = value;
    if (key === "") delete headers["x-api-key"];
    for (const [header, value] of Object.entries(deployment.connection.headers)) headers[header] = value.reveal();
    const parsed = new URL(url);
    return { origin: parsed.origin, path: parsed.pathname + parsed.search, headers };
  }

  async #answer(response: TransportResponse, call: ProviderCall): Promise<ChatCompletion> {
    const body = new TextDecoder().decode(await response.bytes());
    let value: unknown;
    try {
      value = JSON.parse(body);
    } catch (cause) {
      throw this.#invalid(
        call,
        `a good status, but its body (${response.header("content-type") ?? "without a type"}) is no JSON`,
        cause,
      );
    }
    if (isJsonObject(value) && (value["type"] === "error" || value["error"] != null))
      throw this.#toError(undefined, response, body, call);
    if (!isJsonObject(value) || !Array.isArray(value["content"]) || !isJsonObject(value["usage"]))
      throw this.#invalid(call, "a good status, but no message", undefined);
    const message = value as unknown as Anthropic.Message;
    // Without content there is no answer, unless the model had nothing to say and said so.
    if (message.content.length === 0 && message.stop_reason == null)
      throw this.#invalid(call, "a message without content", undefined);
    return convertAnswer(message, Math.floor(call.now() / 1000));
  }

  async *#parts(response: TransportResponse, call: ProviderCall, text: boolean): AsyncGenerator<StreamPart> {
    try {
      const type = response.header("content-type") ?? "";
      if (type !== "" && !type.includes("event-stream")) {
        const body = new TextDecoder().decode(await response.bytes());
        throw body.includes('"error"')
          ? this.#toError(undefined, response, body, call)
          : this.#invalid(call, `${type} where events were asked for`, undefined);
      }
      for await (const part of this.#events(response, call)) {
        yield text ? toTextPart(part) : part;
        if (part.done) return;
      }
    } catch (thrown) {
      throw this.#explain(thrown, call.deployment);
    }
  }

  async *#events(response: TransportResponse, call: ProviderCall): AsyncGenerator<StreamPart> {
    const request = call.request as unknown as JsonObject;
    const options = isJsonObject(request["stream_options"]) ? request["stream_options"] : undefined;
    const translator = new StreamTranslator({
      created: Math.floor(call.now() / 1000),
      showUsage: options?.["include_usage"] === true,
    });
    const waiting: string[] = [];
    const parser = createParser({
      onEvent: ({ data }) => {
        waiting.push(data);
      },
    });
    const decoder = new TextDecoder();
    for await (const chunk of response.body()) {
      parser.feed(decoder.decode(chunk, { stream: true }));
      for (const data of waiting.splice(0)) {
        const event = this.#parse(data, call);
        if (event["type"] === "error") throw this.#toError(undefined, response, data, call);
        const part = translator.translate(event as unknown as Anthropic.RawMessageStreamEvent);
        if (part !== undefined) yield part;
      }
    }
  }

  #parse(data: string, call: ProviderCall): JsonObject {
    try {
      const value: unknown = JSON.parse(data);
      if (isJsonObject(value)) return value;
    } catch {
      // Told below, with what is no object either.
    }
    throw this.#invalid(call, "an event that is no JSON object", undefined);
  }

  async #failure(response: TransportResponse, call: ProviderCall): Promise<ProviderError> {
    return this.#toError(response.status, response, new TextDecoder().decode(await response.bytes()), call);
  }

  #toError(
    status: number | undefined,
    response: TransportResponse,
    body: string,
    { deployment, now }: ProviderCall,
  ): ProviderError {
    const secrets = [this.#keyOf(deployment), ...Object.values(deployment.connection.headers)];
    return toProviderError({
      status,
      header: (header) => response.header(header),
      body,
      provider: name,
      deploymentId: deployment.id,
      secrets,
      now: now(),
    });
  }

  #invalid({ deployment }: ProviderCall, problem: string, cause: unknown): ProviderError {
    return createProviderError({
      kind: "invalid_response",
      provider: name,
      deploymentId: deployment.id,
      message: `${name} sent ${problem}.`,
      cause,
    });
  }

  #explain(thrown: unknown, deployment: Deployment): unknown {
    if (!(thrown instanceof TransportError)) return thrown;
    return createProviderError({
      kind: thrown.phase === "timeout" ? "timeout" : "api_connection",
      provider: name,
      deploymentId: deployment.id,
      message: `${name} (${deployment.id}) could not be reached or hung up: ${thrown.code ?? thrown.phase}.`,
      cause: thrown,
    });
  }
}

function readRateLimit(response: TransportResponse, now: () => number): RateLimitReport | undefined {
  if (
    response.header(quotas.requests.remaining) === undefined &&
    response.header(quotas.tokens.remaining) === undefined
  )
    return undefined;
  const header = (field: string): string | undefined => response.header(field);
  const at = now();
  return { requests: readQuota(header, quotas.requests, at), tokens: readQuota(header, quotas.tokens, at) };
}

/** Anthropic's Messages API: the provider `anthropic`. Requests and answers are translated both ways. */
export function anthropic(options: AnthropicProviderOptions = {}): Provider {
  return new AnthropicProvider(options);
}
