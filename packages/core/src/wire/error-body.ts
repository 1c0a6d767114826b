import type { Usage } from "./usage.js";

/**
 * The body of error answers, as OpenAI's clients expect it.
 * Source: https://platform.openai.com/docs/guides/error-codes.
 */
export interface ErrorBody {
  readonly error: {
    readonly message: string;
    /** For example `rate_limit_error`. */
    readonly type: string | null;
    readonly param: string | null;
    /** For example `model_not_found`, `context_length_exceeded`. */
    readonly code: string | null;
    /** Whether the failure is the router's or a provider's. */
    readonly source?: "router" | "provider";
    /** A summary of several attempts, e.g. `4 attempts: gpt-4 x3, spare x1`. */
    readonly attempts?: string;
    /** The usage of a stream that broke after its first content. */
    readonly usage?: Usage;
    readonly [extra: string]: unknown;
  };
}
