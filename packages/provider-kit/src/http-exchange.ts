import type { Deployment, ProviderError } from "@modelyard/core";
import type { TransportResponse } from "@modelyard/core/kit";

/** One call on its way, and its answer, as a vendor's code sees it. The request is not part of it: see `facts`. */
export interface HttpExchange<Facts = undefined> {
  readonly deployment: Deployment;
  /** The vendor's status, headers and body. Not there yet while a request is written. */
  readonly response: TransportResponse;
  /**
   * What the vendor's `write` remembers of the request, for the answer. Everything else of a request can be collected
   * while the vendor works.
   */
  facts: Facts;
  /** Fields of the request that were dropped because the vendor does not know them. */
  dropped?: readonly string[];
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number;
  /** The same in seconds, as answers in OpenAI's shape have it. */
  readonly created: number;
  /** The error that a failure becomes. @param body - what the vendor wrote @param status - not set: inside a good answer */
  failure(body: string, status?: number): ProviderError;
  /**
   * The error for an answer that is not one.
   * @param problem - what the vendor sent, for a sentence such as "openai sent ..."; keys in it are removed
   */
  invalid(problem: string): ProviderError;
  /** The error for the body of a stream that is not an event stream. @param text - its beginning */
  notEvents(text: string): ProviderError;
  /** A failure of the connection as an error of the provider's; anything else as it is. */
  explain(thrown: unknown): unknown;
}
