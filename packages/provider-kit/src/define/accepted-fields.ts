import type { JsonObject, ProviderCall } from "@modelyard/core";
import { createProviderError, type FieldsCall, mayDrop } from "@modelyard/core/kit";

/** Fields that every definition can express, or that the kit takes care of. */
const always: ReadonlySet<string> = new Set(["model", "messages", "stream", "stream_options"]);

/** Whether a field is set to something else than its default. */
function matters(field: string, value: unknown): boolean {
  return value != null && !(field === "n" && value === 1);
}

/** Which fields of requests a definition can express. */
export class AcceptedFields {
  readonly #provider: string;
  readonly #accepted: ReadonlySet<string>;

  constructor(provider: string, accepted: readonly string[]) {
    this.#provider = provider;
    this.#accepted = new Set([...always, ...accepted]);
  }

  /** The fields of a request that would be lost. */
  missing({ request, allowedParams = [] }: Pick<FieldsCall, "allowedParams" | "request">): readonly string[] {
    return Object.entries(request)
      .filter(([field, value]) => !this.#accepted.has(field) && matters(field, value))
      .flatMap(([field]) => (allowedParams.includes(field) ? [] : [field]));
  }

  /** @returns the fields that are dropped. @throws a provider error for those that may not be */
  dropped(call: ProviderCall): readonly string[] {
    const missing = this.missing(call);
    const kept = missing.filter((field) => !mayDrop(call.dropParams, field));
    const [first] = kept;
    if (first === undefined) return missing;
    throw createProviderError({
      kind: "unsupported_params",
      provider: this.#provider,
      deploymentId: call.deployment.id,
      param: first,
      message: `${this.#provider} does not support ${kept.join(", ")}. Omit ${kept.length === 1 ? "it" : "them"}, or set drop_params.`,
    });
  }

  /** Fields that the definition does not know, and that the user has sent all the same. */
  allowed({ request, allowedParams = [] }: ProviderCall): JsonObject {
    const fields = request as unknown as JsonObject;
    const sent = allowedParams.filter((field) => !this.#accepted.has(field) && fields[field] != null);
    return Object.fromEntries(sent.map((field) => [field, fields[field]]));
  }
}
