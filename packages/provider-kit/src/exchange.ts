import {
  type Deployment,
  type ErrorKind,
  type JsonObject,
  type ProviderCall,
  type ProviderError,
  type ProviderResult,
  RouterError,
  type Secret,
} from "@modelyard/core";
import {
  type AnswerOf,
  connectionSecrets,
  createProviderError,
  type FailedCall,
  isJsonObject,
  type MaybePromise,
  type ProviderAnswer,
  scrub,
  TransportError,
  type TransportResponse,
  type VendorAnswer,
  type WireChoice,
} from "@modelyard/core/kit";
import { failureText } from "./body.js";
import type { HttpExchange } from "./http-exchange.js";
import type { HttpOperation, HttpVendor } from "./http-vendor.js";
import { vendorAnswer, vendorEvent, vendorHeaders } from "./vendor-answer.js";
import { type ReadAnswer, readAnswer, requestIdIn, type WrongBody, wrongBody } from "./read-answer.js";

/**
 * Longer answers are passed on as the bytes that came. Text leaves in one write together with the head, but a long one would
 * be copied for that. In bytes.
 */
const longText = 16_384;
const none: readonly string[] = Object.freeze([]);

/** How the answers to one operation of a vendor are read. */
export interface ExchangeSteps<Facts> {
  readonly vendor: Pick<HttpVendor<Facts, never>, "name" | "rateLimit">;
  readonly way: Pick<HttpOperation<Facts, never>, "answer" | "parts" | "showsHeaders" | "translates">;
  /** Whether the answer is a stream. */
  readonly streams: boolean;
  readonly requestIdHeaders: readonly string[];
  /** The operation that serves the call instead of its own. Not set: its own does. */
  readonly wire?: WireChoice | undefined;
  readonly keyOf: (deployment: Deployment) => Secret | undefined;
  readonly toError: (call: FailedCall) => ProviderError;
}

/** One call in progress. It has few fields, since each call holds one for as long as the vendor works. */
export class Exchange<Facts> implements HttpExchange<Facts> {
  readonly deployment: Deployment;
  readonly now: () => number;
  facts!: Facts;
  response!: TransportResponse;
  /** Rarely set. Only then does the object have this field. */
  declare dropped?: readonly string[];
  /** Set for translated answers only. */
  declare usage?: JsonObject;
  readonly #steps: ExchangeSteps<Facts>;

  constructor(steps: ExchangeSteps<Facts>, { deployment, now }: Pick<ProviderCall, "deployment" | "now">) {
    this.#steps = steps;
    this.deployment = deployment;
    this.now = now;
  }

  get bridged(): boolean {
    return this.#steps.way.translates === true;
  }

  get created(): number {
    return Math.floor(this.now() / 1000);
  }

  failure(body: string, status?: number): ProviderError {
    const { response } = this;
    const { toError, vendor } = this.#steps;
    const secrets = this.secrets();
    const answer = this.bridged ? undefined : this.#asSent(body, status, secrets);
    return toError({
      status,
      answer,
      header: (name) => response.header(name),
      body,
      provider: vendor.name,
      deploymentId: this.deployment.id,
      secrets,
      now: this.now(),
    });
  }

  /** Of the failures with a good status, only those in streams are events, which callers can get as they are. */
  #asSent(
    body: string,
    status: number | undefined,
    secrets: readonly (Secret | undefined)[],
  ): VendorAnswer | undefined {
    if (status !== undefined) return vendorAnswer(this.response, body, secrets);
    return this.#steps.streams ? vendorEvent(this.response, body, secrets) : undefined;
  }

  /** An exception from reading the answer may quote it, so it does not become the error's cause. */
  invalid(problem: string): ProviderError {
    return this.fault("invalid_response", `${this.#steps.vendor.name} sent ${problem}.`);
  }

  fault(kind: ErrorKind, message: string): ProviderError {
    const { name } = this.#steps.vendor;
    const shown = scrub(message, this.secrets());
    return createProviderError({ kind, provider: name, deploymentId: this.deployment.id, message: shown });
  }

  notEvents(text: string): ProviderError {
    return this.#wrong(wrongBody(this.response, text, "events"));
  }

  explain(thrown: unknown): unknown {
    return explained(thrown, this.#steps.vendor.name, this.deployment);
  }

  /** Whether a stream was requested. */
  get streams(): boolean {
    return this.#steps.streams;
  }

  /** The error of an answer with a bad status. */
  async refusal(): Promise<ProviderError> {
    return this.failure(await failureText(this.response), this.response.status);
  }

  streamed(): ProviderResult {
    const { response, now } = this;
    return this.#withFacts({
      kind: "stream",
      parts: this.#steps.way.parts?.(this) as never,
      requestId: requestIdIn(response, this.#steps.requestIdHeaders),
      rateLimit: this.#steps.vendor.rateLimit?.(response, now),
    });
  }

  /** A long answer is read in several turns of the event loop. */
  answered(bytes: Uint8Array): MaybePromise<ProviderResult> {
    const read = readAnswer(this.response, bytes);
    return read instanceof Promise ? this.#answeredLater(bytes, read) : this.#answered(bytes, read);
  }

  async #answeredLater(bytes: Uint8Array, reading: Promise<ReadAnswer>): Promise<ProviderResult> {
    return this.#answered(bytes, await reading);
  }

  #answered(bytes: Uint8Array, read: ReadAnswer): ProviderResult {
    const { response, now } = this;
    if (read.wrong !== undefined) throw this.#wrong(read.wrong);
    const { value, text } = read;
    if (!isJsonObject(value)) throw this.invalid("a good status, but its body is not a JSON object");
    const answer: unknown = this.#converted(value);
    return this.#withFacts({
      kind: "answer",
      value: answer as ProviderAnswer["value"],
      bytes: answer !== value ? undefined : bytes.length > longText ? bytes : text,
      requestId: requestIdIn(response, this.#steps.requestIdHeaders),
      rateLimit: this.#steps.vendor.rateLimit?.(response, now),
    });
  }

  /** @throws a provider error, also if the vendor's code fails on an answer whose shape it does not expect */
  #converted(value: JsonObject): AnswerOf {
    const { way } = this.#steps;
    if (way.answer === undefined) return value as unknown as AnswerOf;
    try {
      return way.answer(value, this);
    } catch (thrown) {
      // A stack overflow is our own fault: what the vendor sends is never nested deeply enough for one.
      if (RouterError.isInstance(thrown) || thrown instanceof RangeError) throw thrown;
      throw this.invalid("an answer of an unexpected shape");
    }
  }

  #withFacts(result: ProviderResult): ProviderResult {
    const { dropped = none, usage } = this;
    const { wire, way } = this.#steps;
    const shows = way.showsHeaders === true && !this.bridged;
    const headers = shows ? vendorHeaders(this.response, this) : undefined;
    if (dropped.length === 0 && wire === undefined && usage === undefined && headers === undefined) return result;
    return {
      ...result,
      ...(headers === undefined ? {} : { vendorHeaders: headers }),
      ...(dropped.length === 0 ? {} : { droppedParams: dropped }),
      ...(usage === undefined ? {} : { usage }),
      ...(wire === undefined ? {} : { wire }),
    };
  }

  /** The error for a body that is not what was requested. */
  #wrong({ failure, problem }: WrongBody): ProviderError {
    return failure === undefined ? this.invalid(problem) : this.failure(failure);
  }

  /** What must not be shown. */
  secrets(): readonly (Secret | undefined)[] {
    return connectionSecrets(this.deployment.connection, this.#steps.keyOf(this.deployment));
  }
}

/** A connection failure as a provider error; anything else as it is. */
export function explained(thrown: unknown, provider: string, deployment: Deployment): unknown {
  if (!(thrown instanceof TransportError)) return thrown;
  return createProviderError({
    kind: thrown.phase === "timeout" ? "timeout" : "api_connection",
    provider,
    deploymentId: deployment.id,
    message: `${provider} (${deployment.model}) ${thrown.deed}.`,
    cause: thrown,
  });
}
