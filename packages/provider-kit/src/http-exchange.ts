import type { Deployment, ErrorKind, JsonObject, ProviderError } from "@modelyard/core";
import type { TransportResponse } from "@modelyard/core/kit";

/** One call in progress, and its answer, as a vendor's code sees it. It does not hold the request: see `facts`. */
export interface HttpExchange<Facts = undefined> {
  readonly deployment: Deployment;
  /** The vendor's status, headers and body. Not set while the request is written. */
  readonly response: TransportResponse;
  /**
   * What the vendor's `write` remembers about the request, to read the answer. Everything else of the request can be
   * garbage-collected while the vendor works.
   */
  facts: Facts;
  /** Whether the answer is translated into another API. */
  readonly bridged?: boolean;
  /** Fields of the request that were dropped because the vendor does not know them. */
  dropped?: readonly string[];
  /** What the vendor reported as usage, if the answer is translated. See `ProviderAnswer.usage`. */
  usage?: JsonObject;
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number;
  /** The same in seconds, as in OpenAI's answers. */
  readonly created: number;
  /**
   * The error for a failure.
   * @param body - what the vendor wrote
   * @param status - not set: the failure is inside an answer with a good status
   */
  failure(body: string, status?: number): ProviderError;
  /**
   * The error for an answer that cannot be used.
   * @param problem - what the vendor sent, for a sentence such as "openai sent ..."; keys in it are removed
   */
  invalid(problem: string): ProviderError;
  /** The error for a failure whose kind is known. @param message - keys in it are removed */
  fault(kind: ErrorKind, message: string): ProviderError;
  /** The error for the body of a stream that is not an event stream. @param text - its beginning */
  notEvents(text: string): ProviderError;
  /** A connection failure as a provider error; anything else as it is. */
  explain(thrown: unknown): unknown;
}
