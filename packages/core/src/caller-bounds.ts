/**
 * What one caller may ask for where the operator has set nothing narrower. Each bound is far above what applications
 * send and vendors take; a request beyond one is refused with a 400 that names the field and the bound.
 */
export const callerBounds = {
  /** Tags, allowed regions and other lists of names. */
  listItems: 100,
  /** Entries of one list of fallbacks, those of its maps counted together. */
  fallbacks: 50,
  /** Nesting of a body. OpenAI takes schemas of 10 levels. */
  levels: 200,
  /** Keys at the top of a body. OpenAI's chat requests know about 40. */
  fields: 1_000,
  /** Keys of any other object of a body. OpenAI takes schemas of 5,000 properties. */
  keys: 10_000,
  /**
   * Keys of a body in large objects, or in objects unlike those before. OpenAI takes schemas of 5,000 properties; the
   * messages and tools of a conversation are alike.
   */
  irregularKeys: 50_000,
  /** Objects and lists of a body. Anthropic takes 100,000 messages. */
  containers: 500_000,
  /** Values of a body. OpenAI takes 300,000 tokens to embed. */
  values: 2_000_000,
  /** Values of the arguments of one tool call, if they are parsed. A model writes at most 128,000 tokens in one answer. */
  argumentValues: 30_000,
  /** Irregular keys of the arguments of one tool call, if they are parsed. */
  argumentKeys: 5_000,
  /** Bytes of a key. OpenAI takes 120,000 for all names of a schema together. */
  keyBytes: 65_536,
  /**
   * Messages, texts to embed or prompts of a request; the tokens of one text do not count. Anthropic takes 100,000 messages
   * (Messages API reference), OpenAI 2,048 texts.
   */
  items: 100_000,
  /** A request's own `num_retries`, where no setting says how often a failure is retried. */
  retries: 10,
  /** A request's own `max_fallbacks`, where `max_fallbacks` is not configured. */
  groups: 10,
  /** A request's own `hold_back_events`, where `hold_back_events` is not configured. */
  heldEvents: 1_000,
} as const;
