/**
 * The tokens of one call, as OpenAI reports them. Other vendors' reports are converted. Additional fields of a vendor
 * are kept under their own names.
 */
export interface Usage {
  /** The tokens of the prompt, including cached ones. */
  readonly prompt_tokens: number;
  /** The tokens of the answer, including reasoning. 0 for embeddings. */
  readonly completion_tokens: number;
  readonly total_tokens: number;
  /** Whether some of it is estimated, for a stream that broke before the vendor reported its usage. */
  readonly estimated?: boolean;
  readonly prompt_tokens_details?: {
    /** Read from the vendor's prompt cache. */
    readonly cached_tokens?: number;
    /** Written to the vendor's prompt cache. */
    readonly cache_write_tokens?: number;
    /** The same under LiteLLM's name, in addition to OpenAI's (Anthropic). */
    readonly cache_creation_tokens?: number;
    readonly [extra: string]: unknown;
  };
  readonly completion_tokens_details?: {
    readonly reasoning_tokens?: number;
    readonly [extra: string]: unknown;
  };
  readonly [extra: string]: unknown;
}
