import type { ProviderError } from "@modelyard/core";
import { createProviderError, type DropParams, mayDrop } from "@modelyard/core/kit";

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
 * The fields of one request that this model or API version does not accept. They are collected, so that one error names all
 * of them.
 */
export class Unsupported {
  /** The reason for each field; empty if it needs no explanation. */
  #refused: Map<string, string> | undefined;
  #hints: Set<string> | undefined;
  #passed: Set<string> | undefined;
  readonly #allowed: readonly string[];

  /** @param allowed - fields that are sent as they are, even if the model is known to refuse them */
  constructor(allowed: readonly string[] = []) {
    this.#allowed = allowed;
  }

  /** Fields that would have been refused or dropped, but are allowed. */
  get passed(): ReadonlySet<string> | undefined {
    return this.#passed;
  }

  /** Fields that are refused unless they may be dropped. */
  get refused(): readonly string[] {
    return [...(this.#refused?.keys() ?? [])];
  }

  /** Adds a field that could change the answer. It is refused unless it may be dropped. */
  refuse(field: string, reason = ""): void {
    if (this.#allowed.includes(field)) (this.#passed ??= new Set()).add(field);
    else (this.#refused ??= new Map()).set(field, reason);
  }

  /** Adds a field that does not change the answer. It is dropped and reported, never refused. */
  leaveOut(field: string): void {
    if (this.#allowed.includes(field)) (this.#passed ??= new Set()).add(field);
    else (this.#hints ??= new Set()).add(field);
  }

  /**
   * @returns what was dropped
   * @throws `unsupported_params` naming every refused field that may not be dropped
   */
  settle(model: string, dropParams: DropParams): readonly string[] {
    if (this.#refused === undefined && this.#hints === undefined) return none;
    const kept = [...(this.#refused ?? [])].filter(([field]) => !mayDrop(dropParams, field));
    if (kept.length === 0) return [...this.refused, ...(this.#hints ?? [])];
    const named = kept.map(([field, reason]) => (reason === "" ? field : `${field} (${reason})`));
    throw createProviderError({
      kind: "unsupported_params",
      provider: providerName,
      param: kept[0]?.[0] ?? "",
      message: `Anthropic's ${model} does not accept ${named.join(", ")}. Omit it, or set dropParams (drop_params in YAML) to true.`,
    });
  }
}
