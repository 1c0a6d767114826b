import { createProviderError, type ProviderError } from "@modelyard/core";

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

  /** A field whose loss could change the answer: refused, unless it may be dropped. */
  refuse(field: string, reason = ""): void {
    this.#refused.set(field, reason);
  }

  /** A field that only hints: left out and reported, never refused. */
  leaveOut(field: string): void {
    this.#hints.add(field);
  }

  /**
   * @returns what was left out
   * @throws `unsupported_params` naming every refused field, unless `dropParams`
   */
  settle(model: string, dropParams: boolean): readonly string[] {
    const fields = [...this.#refused.keys()];
    if (fields.length === 0 || dropParams) return [...fields, ...this.#hints];
    const named = [...this.#refused].map(([field, reason]) => (reason === "" ? field : `${field} (${reason})`));
    throw createProviderError({
      kind: "unsupported_params",
      provider: providerName,
      param: fields[0] ?? "",
      message: `Anthropic's ${model} cannot be sent ${named.join(", ")}. Leave it out, or set dropParams (in YAML drop_params) to true.`,
    });
  }
}
