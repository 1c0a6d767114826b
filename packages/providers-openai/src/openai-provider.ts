import {
  connectionSecrets,
  createProviderError,
  type Deployment,
  type FinishReasons,
  isJsonObject,
  type ModelName,
  type OperationName,
  type OperationTypes,
  type Provider,
  type ProviderCall,
  type ProviderError,
  type ProviderResult,
  type RateLimitReport,
  readQuota,
  type Refusals,
  rejected,
  type Secret,
  type Transport,
  TransportError,
  type TransportResponse,
} from "@modelyard/core";
import {
  bodyType,
  encodingOf,
  type Environment,
  failureText,
  longestAnswer,
  providerKey,
  sharedTransport,
} from "@modelyard/transport";
import { inBase64, wantsBase64 } from "./base64-embeddings.js";
import { continued } from "./continued-request.js";
import type { AddressForm, HostContinuation } from "./host.js";
import { azureReportsUsage, compileEndpoint, type Endpoint } from "./endpoint.js";
import { bodyOf, streamOptionsOf } from "./request-text.js";
import { ScannedStream } from "./scanned-stream.js";
import { SseScanner } from "./sse-scanner.js";
import { toProviderError } from "./to-provider-error.js";

export interface OpenAIProviderOptions {
  /**
   * Used by deployments without a key of their own. An empty one is a missing one.
   * @defaultValue the vendor's usual environment variable, e.g. `OPENAI_API_KEY`
   */
  readonly apiKey?: string | Secret | undefined;
  /** Where that variable is looked up. @defaultValue `process.env`, where there is one */
  readonly env?: Environment;
  /** Used by deployments without an `apiBase` of their own. */
  readonly baseUrl?: string;
  /** Azure: used by deployments without an `apiVersion` of their own. @defaultValue `2024-10-21` */
  readonly apiVersion?: string;
  /** What sends. @defaultValue one transport for all providers of the process */
  readonly transport?: Transport;
  /** What the host or its models refuse, beyond what is known of them. */
  readonly refuses?: Refusals;
}

/** What tells one OpenAI-shaped vendor from another. */
export interface Dialect {
  readonly name: string;
  readonly azure: boolean;
  /** Whether it is Microsoft Foundry. @defaultValue false */
  readonly foundry?: boolean | undefined;
  readonly baseUrl: string | undefined;
  readonly keyless: boolean;
  readonly streamUsage: boolean;
  readonly apiPath?: string | undefined;
  readonly addressForms?: readonly AddressForm[] | undefined;
  readonly readModel?: ((written: string) => ModelName) | undefined;
  readonly finishReasons?: FinishReasons | undefined;
  readonly continuation?: HostContinuation | undefined;
  /** Environment variables that may hold the key, in order. The first is named in messages. */
  readonly keyVariables: readonly string[];
}

const decoder = new TextDecoder();
/** An answer above so many bytes goes on as the bytes that came. */
const longText = 16_384;

type Endpoints = Partial<Record<OperationName, Endpoint>>;

/** What is needed of a call once it is on its way. */
interface Asked extends Pick<ProviderCall, "deployment" | "stream" | "now"> {
  /** Whether the vendor was asked for usage that the caller did not ask for. */
  readonly hidesUsage: boolean;
}

/** A provider for vendors that speak OpenAI's API: answers and events go through as the bytes they came in. */
export class OpenAIProvider implements Provider {
  readonly name: string;
  readonly specVersion = 1;
  readonly finishReasons: FinishReasons | undefined;
  readonly continuesFromPrefix: (model: string) => boolean;
  readonly operations: readonly OperationName[] = ["chat", "text_completion", "embeddings"];
  readonly #dialect: Dialect;
  readonly #options: OpenAIProviderOptions;
  readonly #apiKey: Secret | undefined;
  readonly #endpoints = new WeakMap<Deployment, Map<string, Endpoints>>();
  readonly #azureUsage = new WeakMap<Deployment, boolean>();
  #transport: Transport | undefined;

  constructor(dialect: Dialect, options: OpenAIProviderOptions) {
    this.name = dialect.name;
    this.finishReasons = dialect.finishReasons;
    const { continuation } = dialect;
    this.continuesFromPrefix = (model) => continuation !== undefined && continuation.models?.test(model) !== false;
    this.#dialect = dialect;
    this.#options = options;
    this.#apiKey = providerKey(options.apiKey, dialect.keyVariables, options.env);
    this.#transport = options.transport;
  }

  readModel(written: string): ModelName {
    return this.#dialect.readModel?.(written) ?? { model: written };
  }

  validate(deployment: Deployment): readonly string[] {
    const problems: string[] = [];
    const { keyless, keyVariables, azure } = this.#dialect;
    if (!keyless && this.#keyOf(deployment) === undefined) {
      const variable = keyVariables[0] === undefined ? "" : ` or the environment variable ${keyVariables[0]}`;
      problems.push(`${this.name} needs a key. Set apiKey (in YAML: api_key)${variable}.`);
    }
    if (this.#baseOf(deployment) === undefined && (azure || this.#dialect.name !== "openai")) {
      problems.push(
        `${this.name} needs an address. Set apiBase (in YAML: api_base)${azure ? ", e.g. https://NAME.openai.azure.com" : ""}.`,
      );
    }
    // Nothing here reads any; what is written is meant, and would be silently in vain.
    for (const key of Object.keys(deployment.settings)) problems.push(`${this.name} has no setting "${key}".`);
    return problems;
  }

  call(operation: OperationName, call: ProviderCall): Promise<ProviderResult> {
    return call.continues === true ? this.#call(operation, this.#continued(call)) : this.#call(operation, call);
  }

  /** The call as its host wants to read it where the last message is the beginning of the answer. */
  #continued(call: ProviderCall): ProviderCall {
    const { continuation = {} } = this.#dialect;
    const { connection, continuation: own } = call.deployment;
    const moved = own === undefined && connection.baseUrl === undefined && this.#options.baseUrl === undefined;
    return continued(call, own ?? continuation, moved ? continuation.baseUrl : undefined);
  }

  #call(operation: OperationName, call: ProviderCall): Promise<ProviderResult> {
    const { deployment, stream, now } = call;
    try {
      call.cancellation.throwIfCancelled();
      const addsUsage = stream && this.#addsUsage(call);
      const asked = { deployment, stream, hidesUsage: addsUsage && operation !== "embeddings", now };
      const received = this.#receive(this.#send(operation, call, addsUsage), asked);
      return wantsBase64(operation, call) ? received.then(inBase64) : received;
    } catch (thrown) {
      return rejected(this.#explain(thrown, deployment));
    }
  }

  #send(operation: OperationName, call: ProviderCall, addsUsage: boolean): Promise<TransportResponse> {
    const endpoint =
      this.#endpoints.get(call.deployment)?.get(call.model)?.[operation] ??
      this.#compile(call.deployment, call.model, operation);
    this.#transport ??= sharedTransport();
    return this.#transport.send({
      method: "POST",
      origin: endpoint.origin,
      path: endpoint.path,
      headers: endpoint.headers,
      body: bodyOf(call, addsUsage),
      cancellation: call.cancellation,
      connectMs: call.connectMs,
      headersMs: call.headersMs,
      publicOnly: call.deployment.connection.publicOnly,
    });
  }

  /** Apart from the sending: a function that waits keeps all that it was given, the request there, until it ends. */
  async #receive(sending: Promise<TransportResponse>, asked: Asked): Promise<ProviderResult> {
    try {
      const response = await sending;
      if (response.status < 200 || response.status > 299) throw await this.#failure(response, asked);
      if (asked.stream) return this.#stream(response, asked);
      return this.#answer(response, await response.bytes(longestAnswer), asked);
    } catch (thrown) {
      throw this.#explain(thrown, asked.deployment);
    }
  }

  #keyOf(deployment: Deployment): Secret | undefined {
    return deployment.connection.apiKey ?? this.#apiKey;
  }

  #baseOf(deployment: Deployment): string | undefined {
    return deployment.connection.baseUrl ?? this.#options.baseUrl ?? this.#dialect.baseUrl;
  }

  #compile(deployment: Deployment, model: string, operation: OperationName): Endpoint {
    let models = this.#endpoints.get(deployment);
    if (models === undefined) {
      models = new Map();
      this.#endpoints.set(deployment, models);
    }
    // Patterns let callers name models without end: what is kept per deployment stays small.
    if (models.size > 100) models.clear();
    const endpoint = compileEndpoint(deployment, operation, model, {
      azure: this.#dialect.azure ? "openai" : this.#dialect.foundry === true ? "foundry" : undefined,
      apiPath: this.#dialect.apiPath,
      addressForms: this.#dialect.addressForms,
      baseUrl: this.#baseOf(deployment),
      apiKey: this.#keyOf(deployment),
      apiVersion: this.#versionOf(deployment),
    });
    models.set(model, { ...models.get(model), [operation]: endpoint });
    return endpoint;
  }

  #versionOf(deployment: Deployment): string | undefined {
    return deployment.connection.apiVersion ?? this.#options.apiVersion;
  }

  /** Whether a stream must be asked for its usage: its caller did not, and the vendor would tell. */
  #addsUsage(call: ProviderCall): boolean {
    if (streamOptionsOf(call)?.["include_usage"] === true) return false;
    return call.omittedFields?.includes("stream_options") !== true && this.reportsUsage(call.deployment);
  }

  /** Whether a deployment understands `stream_options`. */
  protected reportsUsage(deployment: Deployment): boolean {
    if (!this.#dialect.azure) return this.#dialect.streamUsage;
    let reports = this.#azureUsage.get(deployment);
    if (reports === undefined) {
      reports = azureReportsUsage(this.#baseOf(deployment), this.#versionOf(deployment));
      this.#azureUsage.set(deployment, reports);
    }
    return reports;
  }

  #answer(response: TransportResponse, bytes: Uint8Array, asked: Asked): ProviderResult {
    if (bytes.length > longestAnswer)
      throw this.#invalid(asked.deployment, `an answer of more than ${String(longestAnswer / 1024 / 1024)} MB`);
    let text: string;
    let value: unknown;
    try {
      text = decoder.decode(bytes);
      value = JSON.parse(text);
    } catch {
      // The parser's error quotes the body, which may hold a key or a prompt: it is not kept as the cause.
      throw this.#invalid(asked.deployment, `a good status, but its body (${bodyType(response)}) is no JSON`);
    }
    if (isJsonObject(value) && value["error"] != null) {
      throw this.#toError(undefined, (name) => response.header(name), text, asked);
    }
    const failed = failedChoice(value);
    if (failed !== undefined) {
      const body = JSON.stringify({ error: failed });
      throw this.#toError(undefined, (name) => response.header(name), body, asked);
    }
    return {
      kind: "answer",
      value: value as OperationTypes[OperationName]["answer"],
      // As text head and body leave in one piece; a long one would be copied for that.
      bytes: bytes.length > longText ? bytes : text,
      requestId: response.header("x-request-id") ?? response.header("apim-request-id"),
      rateLimit: readRateLimit(response, asked.now),
    };
  }

  #stream(response: TransportResponse, asked: Asked): ProviderResult {
    const type = response.header("content-type") ?? "";
    const header = (name: string): string | undefined => response.header(name);
    const scanner = new SseScanner({
      provider: this.name,
      deploymentId: asked.deployment.id,
      hideUsage: asked.hidesUsage,
      toError: (body) => this.#toError(undefined, header, body, asked),
    });
    const explain = (thrown: unknown): unknown => this.#explain(thrown, asked.deployment);
    const notEvents = async (): Promise<unknown> => {
      const text = await failureText(response);
      if (type.includes("json") && text.includes('"error"')) return this.#toError(undefined, header, text, asked);
      return this.#invalid(asked.deployment, `a body (${bodyType(response)}) where events were asked for`);
    };
    const packed = encodingOf(response) !== undefined;
    const wrong = packed || (type !== "" && !type.includes("event-stream")) ? notEvents : undefined;
    return {
      kind: "stream",
      parts: new ScannedStream({ response, scanner, explain, wrong }) as never,
      requestId: response.header("x-request-id") ?? response.header("apim-request-id"),
      rateLimit: readRateLimit(response, asked.now),
    };
  }

  async #failure(response: TransportResponse, asked: Asked): Promise<ProviderError> {
    return this.#toError(response.status, (name) => response.header(name), await failureText(response), asked);
  }

  #toError(
    status: number | undefined,
    header: (name: string) => string | undefined,
    body: string,
    { deployment, now }: Asked,
  ): ProviderError {
    return toProviderError({
      status,
      header,
      body,
      provider: this.name,
      deploymentId: deployment.id,
      secrets: connectionSecrets(deployment.connection, this.#keyOf(deployment)),
      now: now(),
    });
  }

  #invalid(deployment: Deployment, problem: string): ProviderError {
    return createProviderError({
      kind: "invalid_response",
      provider: this.name,
      deploymentId: deployment.id,
      message: `${this.name} sent ${problem}.`,
    });
  }

  #explain(thrown: unknown, deployment: Deployment): unknown {
    if (!(thrown instanceof TransportError)) return thrown;
    return createProviderError({
      kind: thrown.phase === "timeout" ? "timeout" : "api_connection",
      provider: this.name,
      deploymentId: deployment.id,
      message: `${this.name} (${deployment.model}) ${thrown.deed}.`,
      cause: thrown,
    });
  }
}

/** The error that a choice holds in the place of an answer, as OpenRouter reports failures of the hosts behind it. */
function failedChoice(value: unknown): unknown {
  const choices = isJsonObject(value) ? value["choices"] : undefined;
  if (!Array.isArray(choices)) return undefined;
  for (const choice of choices as readonly unknown[])
    if (isJsonObject(choice) && choice["error"] != null) return choice["error"];
  return undefined;
}

const quotas = {
  requests: {
    limit: "x-ratelimit-limit-requests",
    remaining: "x-ratelimit-remaining-requests",
    reset: "x-ratelimit-reset-requests",
  },
  tokens: {
    limit: "x-ratelimit-limit-tokens",
    remaining: "x-ratelimit-remaining-tokens",
    reset: "x-ratelimit-reset-tokens",
  },
} as const;

function readRateLimit(response: TransportResponse, now: () => number): RateLimitReport | undefined {
  if (
    response.header(quotas.requests.remaining) === undefined &&
    response.header(quotas.tokens.remaining) === undefined
  )
    return undefined;
  const header = (name: string): string | undefined => response.header(name);
  const at = now();
  return { requests: readQuota(header, quotas.requests, at), tokens: readQuota(header, quotas.tokens, at) };
}
