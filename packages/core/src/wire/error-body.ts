import type { Usage } from "./usage.js";

/**
 * The body of every error answer, as OpenAI's clients expect it.
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
    /** Whose failure it was: the router's own, or one of a provider. */
    readonly source?: "router" | "provider";
    /** How the request went, where several attempts were made, e.g. `4 attempts: gpt-4 x3, spare x1`. */
    readonly attempts?: string;
    /** Of a stream that broke after its first content: what it had used by then. */
    readonly usage?: Usage;
    readonly [extra: string]: unknown;
  };
}
