/** The models of a vendor that a new configuration begins with. */
export interface Starter {
  /** A capable model at a moderate price. */
  readonly model: string;
  /** A cheaper one, which serves if it is the only other choice. */
  readonly small?: string;
  /** The public model, if `model` is a name that users choose themselves. */
  readonly baseModel?: string;
}

/** By provider. The price catalog contains each of them, which a test checks. */
export const starters: Readonly<Record<string, Starter>> = {
  openai: { model: "gpt-6-sol", small: "gpt-6-luna" },
  anthropic: { model: "claude-sonnet-5", small: "claude-haiku-4-5" },
  gemini: { model: "gemini-3.8-flash", small: "gemini-3.5-flash-lite" },
  azure: { model: "my-deployment", baseModel: "azure/gpt-5.4" },
  xai: { model: "grok-4.6", small: "grok-4.3" },
  mistral: { model: "mistral-medium-3-5", small: "mistral-small-2603" },
  deepseek: { model: "deepseek-v4-pro", small: "deepseek-v4-flash" },
  groq: { model: "openai/gpt-oss-120b", small: "openai/gpt-oss-20b" },
  cerebras: { model: "gpt-oss-120b" },
  together_ai: {
    model: "meta-llama/Llama-4-Maverick-17B-128E-Instruct-FP8",
    small: "meta-llama/Llama-3.3-70B-Instruct-Turbo",
  },
  openrouter: { model: "anthropic/claude-sonnet-5", small: "anthropic/claude-haiku-4.5" },
  perplexity: { model: "sonar-pro", small: "sonar" },
};
