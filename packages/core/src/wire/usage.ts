/**
 * Tokens of one call, as OpenAI reports them. Other vendors' reports are translated into it; what a vendor reports
 * beyond these fields is kept under its own name.
 */
export interface Usage {
  /** Tokens of the prompt, cached ones included. */
  readonly prompt_tokens: number;
  /** Tokens of the answer, reasoning included; 0 for embeddings. */
  readonly completion_tokens: number;
  readonly total_tokens: number;
  /** Whether some of it is our estimate: of a stream that broke before its vendor said what it used. */
  readonly estimated?: boolean;
  readonly prompt_tokens_details?: {
    /** Read from the vendor's prompt cache. */
    readonly cached_tokens?: number;
    /** Written to the vendor's prompt cache. */
    readonly cache_write_tokens?: number;
    /** The same by LiteLLM's name, beside OpenAI's (Anthropic). */
    readonly cache_creation_tokens?: number;
    readonly [extra: string]: unknown;
  };
  readonly completion_tokens_details?: {
    readonly reasoning_tokens?: number;
    readonly [extra: string]: unknown;
  };
  readonly [extra: string]: unknown;
}
