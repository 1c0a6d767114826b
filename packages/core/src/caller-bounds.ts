/**
 * Bounds of what one caller may ask for, unless the operator configured narrower ones. Each is far above what
 * applications send and vendors accept. A request beyond a bound is rejected with a 400 that names the field and the
 * bound.
 */
export const callerBounds = {
  /** Tags, allowed regions and other lists of names. */
  listItems: 100,
  /** Entries of one list of fallbacks, or of all lists in its maps. */
  fallbacks: 50,
  /** Levels of nesting in a body. OpenAI accepts schemas of 10 levels. */
  levels: 200,
  /** Keys at the top level of a body. OpenAI's chat requests have about 40. */
  fields: 1_000,
  /** Keys of any other object in a body. OpenAI accepts schemas of 5,000 properties. */
  keys: 10_000,
  /**
   * Keys in large objects of a body, or in objects that differ from those before. OpenAI accepts schemas of 5,000
   * properties; the messages and tools of a conversation are alike.
   */
  irregularKeys: 50_000,
  /** Objects and lists in a body. Anthropic accepts 100,000 messages. */
  containers: 500_000,
  /** Values in a body. OpenAI embeds up to 300,000 tokens per request. */
  values: 2_000_000,
  /**
   * Values of the arguments of one tool call, if they are parsed. A model writes at most 128,000 tokens in one answer.
   */
  argumentValues: 30_000,
  /** Irregular keys of the arguments of one tool call, if they are parsed. */
  argumentKeys: 5_000,
  /** Bytes of a key. OpenAI accepts 120,000 for all names in a schema together. */
  keyBytes: 65_536,
  /**
   * Messages, texts to embed or prompts in a request; the tokens of one text do not count. Anthropic accepts 100,000
   * messages (Messages API reference), OpenAI 2,048 texts.
   */
  items: 100_000,
  /** Headers of a request that are sent to vendors. Coding tools send about ten. */
  forwardedHeaders: 32,
  /** Characters of the names and values of these headers. Codex sends 740 in one of them. */
  forwardedCharacters: 16_384,
  /** The `num_retries` of a request, if no number of retries is configured. */
  retries: 10,
  /** The `max_fallbacks` of a request, if it is not configured. */
  groups: 10,
  /** The `hold_back_events` of a request, if it is not configured. */
  heldEvents: 1_000,
  /** The `max_limit_wait` of a request, in milliseconds, if it is not configured. */
  limitWaitMs: 60_000,
} as const;
