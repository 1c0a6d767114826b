import {
  connectionSecrets,
  createProviderError,
  type Deployment,
  type FinishReasons,
  isJsonObject,
  type ModelName,
  type OperationName,
  operationNames,
  operations,
  type OperationTypes,
  type Provider,
  type ProviderCall,
  type ProviderEnvironment,
  type ProviderError,
  type ProviderResult,
  rejected,
  scrub,
  type Secret,
  type Transport,
  TransportError,
  type TransportResponse,
} from "@modelyard/core";
import {
  failureText,
  longestAnswer,
  readAnswer,
  requestIdIn,
  sharedTransport,
  type WrongBody,
  wrongBody,
} from "@modelyard/provider-kit";
import { inBase64, wantsBase64 } from "./base64-embeddings.js";
import { continued } from "./continued-request.js";
import type { Dialect, OpenAIProviderOptions } from "./dialect.js";
import type { Endpoint } from "./endpoint.js";
import { Endpoints } from "./endpoints.js";
import { failedChoice } from "./failed-choice.js";
import { readRateLimit } from "./read-rate-limit.js";
import { bodyOf, streamOptionsOf } from "./request-text.js";
import { ScannedStream } from "./scanned-stream.js";
import { SseScanner } from "./sse-scanner.js";
import { requestIdHeaders, toProviderError } from "./to-provider-error.js";

/** An answer above so many bytes goes on as the bytes that came. */
const longText = 16_384;

/** What is needed of a call once it is on its way. */
interface Asked extends Pick<ProviderCall, "deployment" | "stream" | "now"> {
  /** Whether the vendor was asked for usage that the caller did not ask for. */
  readonly hidesUsage: boolean;
}

/** A provider for vendors that speak OpenAI's API: answers and events go through as the bytes they came in. */
export class OpenAIProvider implements Provider {
  readonly name: string;
  readonly specVersion = 1;
  readonly claims: RegExp | undefined;
  readonly environment: ProviderEnvironment | undefined;
  readonly catalogId: string | undefined;
  readonly finishReasons: FinishReasons | undefined;
  readonly continuesFromPrefix: (model: string) => boolean;
  readonly operations: readonly OperationName[] = operationNames;
  readonly #dialect: Dialect;
  readonly #options: OpenAIProviderOptions;
  readonly #endpoints: Endpoints;
  #transport: Transport | undefined;

  constructor(dialect: Dialect, options: OpenAIProviderOptions) {
    this.name = dialect.name;
    this.claims = dialect.claims;
    this.environment = dialect.environment;
    this.catalogId = dialect.catalogId;
    this.finishReasons = dialect.finishReasons;
    const { continuation } = dialect;
    this.continuesFromPrefix = (model) => continuation !== undefined && continuation.models?.test(model) !== false;
    this.#dialect = dialect;
    this.#options = options;
    this.#endpoints = new Endpoints(dialect, options);
    this.#transport = options.transport;
  }

  readModel(written: string): ModelName {
    return this.#dialect.readModel?.(written) ?? { model: written };
  }

  validate(deployment: Deployment): readonly string[] {
    return this.#endpoints.problems(deployment);
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
      const addsUsage = stream && operations[operation].streams && this.#addsUsage(call);
      const asked = { deployment, stream, hidesUsage: addsUsage, now };
      const received = this.#receive(this.#send(operation, call, addsUsage), asked);
      return wantsBase64(call) ? received.then(inBase64) : received;
    } catch (thrown) {
      return rejected(this.#explain(thrown, deployment));
    }
  }

  #send(operation: OperationName, call: ProviderCall, addsUsage: boolean): Promise<TransportResponse> {
    const endpoint = this.#endpoints.find(operation, call.deployment, call.model);
    const body = bodyOf(call, addsUsage);
    return body instanceof Promise ? this.#sendLater(endpoint, body, call) : this.#sendBody(endpoint, body, call);
  }

  /** A long body is written in turns of the event loop. */
  async #sendLater(
    endpoint: Endpoint,
    writing: Promise<string | Uint8Array>,
    call: ProviderCall,
  ): Promise<TransportResponse> {
    return this.#sendBody(endpoint, await writing, call);
  }

  #sendBody(endpoint: Endpoint, body: string | Uint8Array, call: ProviderCall): Promise<TransportResponse> {
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

  /** Whether a stream must be asked for its usage: its caller did not, and the vendor would tell. */
  #addsUsage(call: ProviderCall): boolean {
    if (streamOptionsOf(call)?.["include_usage"] === true) return false;
    return call.omittedFields?.includes("stream_options") !== true && this.reportsUsage(call.deployment);
  }

  /** Whether a deployment understands `stream_options`. */
  protected reportsUsage(deployment: Deployment): boolean {
    return this.#endpoints.reportsUsage(deployment);
  }

  #answer(response: TransportResponse, bytes: Uint8Array, asked: Asked): ProviderResult {
    const read = readAnswer(response, bytes);
    if (read.wrong !== undefined) throw this.#wrong(response, read.wrong, asked);
    const { value, text } = read;
    const failed = isJsonObject(value) ? failedChoice(value["choices"]) : undefined;
    if (failed !== undefined)
      throw this.#toError(undefined, (name) => response.header(name), JSON.stringify(failed), asked);
    return {
      kind: "answer",
      value: value as OperationTypes[OperationName]["answer"],
      // As text head and body leave in one piece; a long one would be copied for that.
      bytes: bytes.length > longText ? bytes : text,
      requestId: requestIdIn(response, requestIdHeaders),
      rateLimit: readRateLimit(response, asked.now),
    };
  }

  #stream(response: TransportResponse, asked: Asked): ProviderResult {
    const header = (name: string): string | undefined => response.header(name);
    const scanner = new SseScanner({
      provider: this.name,
      deploymentId: asked.deployment.id,
      hideUsage: asked.hidesUsage,
      toError: (body) => this.#toError(undefined, header, body, asked),
    });
    const explain = (thrown: unknown): unknown => this.#explain(thrown, asked.deployment);
    const wrong = (text: string): unknown => this.#wrong(response, wrongBody(response, text, "events"), asked);
    return {
      kind: "stream",
      parts: new ScannedStream({ response, scanner, explain, wrong }) as never,
      requestId: requestIdIn(response, requestIdHeaders),
      rateLimit: readRateLimit(response, asked.now),
    };
  }

  /** The error for a body that is not what was asked for. */
  #wrong(response: TransportResponse, { failure, problem }: WrongBody, asked: Asked): ProviderError {
    if (failure === undefined) return this.#invalid(asked.deployment, problem);
    return this.#toError(undefined, (name) => response.header(name), failure, asked);
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
      secrets: this.#secretsOf(deployment),
      now: now(),
    });
  }

  #secretsOf(deployment: Deployment): readonly (Secret | undefined)[] {
    return connectionSecrets(deployment.connection, this.#endpoints.keyOf(deployment));
  }

  #invalid(deployment: Deployment, problem: string): ProviderError {
    return createProviderError({
      kind: "invalid_response",
      provider: this.name,
      deploymentId: deployment.id,
      message: `${this.name} sent ${scrub(problem, this.#secretsOf(deployment))}.`,
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
