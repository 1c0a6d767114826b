import type { ProviderError } from "@modelyard/core";
import { createProviderError, type DropParams, mayDrop } from "@modelyard/core/kit";

/** The provider's name, as written before the `/` of a model. */
export const providerName = "anthropic";

/** A request that no Claude model could be sent. @param param - the request's field at fault */
export function badRequest(param: string, message: string): ProviderError {
  return createProviderError({ kind: "bad_request", provider: providerName, param, message });
}

/**
 * A request that Anthropic has nothing like, though it makes sense: another vendor may serve it.
 * @param param - the request's field at fault
 */
export function cannotSend(param: string, message: string): ProviderError {
  return createProviderError({ kind: "unsupported_params", provider: providerName, param, message });
}

/**
 * The fields of one request that this model or API version does not take. They are gathered, so that one error names
 * all of them.
 */
export class Unsupported {
  /** Reasons by field; empty where there is nothing to explain. */
  readonly #refused = new Map<string, string>();
  readonly #hints = new Set<string>();
  readonly #passed = new Set<string>();
  readonly #allowed: readonly string[];

  /** @param allowed - fields that are sent as they are, whatever is known of them */
  constructor(allowed: readonly string[] = []) {
    this.#allowed = allowed;
  }

  /** Fields that would have been refused or dropped, but are allowed. */
  get passed(): ReadonlySet<string> {
    return this.#passed;
  }

  /** Fields that are refused unless they may be dropped. */
  get refused(): readonly string[] {
    return [...this.#refused.keys()];
  }

  /** A field whose loss could change the answer: refused, unless it may be dropped. */
  refuse(field: string, reason = ""): void {
    if (this.#allowed.includes(field)) this.#passed.add(field);
    else this.#refused.set(field, reason);
  }

  /** A field that only hints: dropped and reported, never refused. */
  leaveOut(field: string): void {
    if (this.#allowed.includes(field)) this.#passed.add(field);
    else this.#hints.add(field);
  }

  /**
   * @returns what was dropped
   * @throws `unsupported_params` naming every refused field that may not be dropped
   */
  settle(model: string, dropParams: DropParams): readonly string[] {
    const kept = [...this.#refused].filter(([field]) => !mayDrop(dropParams, field));
    if (kept.length === 0) return [...this.#refused.keys(), ...this.#hints];
    const named = kept.map(([field, reason]) => (reason === "" ? field : `${field} (${reason})`));
    throw createProviderError({
      kind: "unsupported_params",
      provider: providerName,
      param: kept[0]?.[0] ?? "",
      message: `Anthropic's ${model} does not accept ${named.join(", ")}. Omit it, or set dropParams (drop_params in YAML) to true.`,
    });
  }
}
