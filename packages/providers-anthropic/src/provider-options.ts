import type { Secret } from "@modelyard/core";
import type { Transport } from "@modelyard/core/kit";
import { apiKey, numeric, object, shape, text, transport } from "@modelyard/core/options";
import type { Environment } from "@modelyard/provider-kit";

export interface AnthropicProviderOptions {
  /**
   * For deployments without their own key. An empty one counts as missing.
   * @defaultValue the environment variable `ANTHROPIC_API_KEY`
   */
  readonly apiKey?: string | Secret | undefined;
  /** Where that variable is looked up. @defaultValue `process.env`, if the platform has it */
  readonly env?: Environment;
  /** For deployments without their own `apiBase`; with or without `/v1`. @defaultValue `https://api.anthropic.com` */
  readonly baseUrl?: string;
  /**
   * The header `anthropic-version`, for deployments without their own `apiVersion`. From `2026-10-21` on,
   * Anthropic refuses `temperature`, `top_p` and `top_k` for every model.
   * @defaultValue `2023-06-01`
   */
  readonly apiVersion?: string;
  /**
   * The most tokens of an answer if neither the request nor the deployment sets a limit; thinking is added. A whole number, at
   * least 1. @defaultValue 4_096; for callers of Responses, who rarely set a limit, the longest answer of the model
   */
  readonly maxTokens?: number;
  /** Sends the requests. @defaultValue one transport for all providers of the process */
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
