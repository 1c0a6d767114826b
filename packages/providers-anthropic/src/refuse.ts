import type { ProviderError } from "@modelyard/core";
import { createProviderError, type DropParams, mayDrop } from "@modelyard/core/kit";
import type { RefusalReport } from "@modelyard/provider-kit";

/** The provider's name, before the `/` of a model. */
export const providerName = "anthropic";

/**
 * The error for a request that is wrong, whichever vendor serves it. The router asks no other one.
 * @param param - the request's field at fault
 */
export function invalidRequest(param: string, message: string): ProviderError {
  return createProviderError({ kind: "invalid_request", provider: providerName, param, message });
}

/**
 * The error for a valid request that Anthropic does not support. Another vendor may serve it.
 * @param param - the request's field at fault
 */
export function cannotSend(param: string, message: string): ProviderError {
  return createProviderError({ kind: "unsupported_params", provider: providerName, param, message });
}

const none: readonly string[] = [];

/**
 * The fields of one request that its deployment is configured to refuse. They are collected, so that one error names all of
 * them.
 */
export class Unsupported implements RefusalReport {
  #refused: Set<string> | undefined;
  #hints: Set<string> | undefined;
  readonly #allowed: readonly string[];

  /** @param allowed - fields that are sent as they are, even if they are refused */
  constructor(allowed: readonly string[] = []) {
    this.#allowed = allowed;
  }

  /** Fields that are refused unless they may be dropped. */
  get refused(): readonly string[] {
    return [...(this.#refused ?? none)];
  }

  refuse(field: string): void {
    if (!this.#allowed.includes(field)) (this.#refused ??= new Set()).add(field);
  }

  leaveOut(field: string): void {
    if (!this.#allowed.includes(field)) (this.#hints ??= new Set()).add(field);
  }

  /**
   * @returns what was dropped
   * @throws `unsupported_params` naming every refused field that may not be dropped
   */
  settle(model: string, dropParams: DropParams): readonly string[] {
    if (this.#refused === undefined && this.#hints === undefined) return none;
    const kept = this.refused.filter((field) => !mayDrop(dropParams, field));
    if (kept.length === 0) return [...this.refused, ...(this.#hints ?? none)];
    throw createProviderError({
      kind: "unsupported_params",
      provider: providerName,
      param: kept[0] ?? "",
      message: `The deployment of ${model} is configured to refuse ${kept.join(", ")}. Omit it, or set dropParams (drop_params in YAML) to true.`,
    });
  }
}
