import type { Secret } from "@modelyard/core";
import type { Transport } from "@modelyard/core/kit";
import { apiKey, numeric, object, shape, text, transport } from "@modelyard/core/options";
import type { Environment } from "@modelyard/provider-kit";

export interface AnthropicProviderOptions {
  /**
   * Used by deployments without a key of their own. An empty one is a missing one.
   * @defaultValue the environment variable `ANTHROPIC_API_KEY`
   */
  readonly apiKey?: string | Secret | undefined;
  /** Where that variable is looked up. @defaultValue `process.env`, where there is one */
  readonly env?: Environment;
  /** Used by deployments without an `apiBase` of their own; with or without `/v1`. @defaultValue `https://api.anthropic.com` */
  readonly baseUrl?: string;
  /**
   * The header `anthropic-version`, for deployments without an `apiVersion` of their own. From `2026-10-21` on
   * Anthropic refuses `temperature`, `top_p` and `top_k` for every model.
   * @defaultValue `2023-06-01`
   */
  readonly apiVersion?: string;
  /** Most tokens of an answer where neither request nor deployment says; thinking comes on top. Whole, at least 1. @defaultValue 4_096 */
  readonly maxTokens?: number;
  /** What sends. @defaultValue one transport for all providers of the process */
  readonly transport?: Transport;
}

export const providerOptions = shape<AnthropicProviderOptions>({
  apiKey,
  env: object,
  baseUrl: text,
  apiVersion: text,
  maxTokens: numeric({ least: 1, whole: true }),
  transport,
});
