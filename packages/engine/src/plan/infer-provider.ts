import { didYouMean, invalidOption, type ProviderIdentity } from "@modelyard/core/kit";

export interface InferredProvider {
  readonly provider: string;
  /** The vendor's model, without the provider's prefix. */
  readonly model: string;
}

/** Registered providers by name, in the order of registration. */
export type RegisteredProviders = ReadonlyMap<string, Pick<ProviderIdentity, "claims">>;

/**
 * Splits `model` into the provider and the vendor's model. The provider is the prefix before the first `/`, or else the
 * first provider that claims the name.
 * @param path - the path of the deployment, for messages
 * @throws `invalid_option` if the provider is not registered, or if no provider claims the name
 */
export function inferProvider(
  model: string,
  explicit: string | undefined,
  registered: RegisteredProviders,
  path: string,
): InferredProvider {
  const slash = model.indexOf("/");
  const prefix = slash === -1 ? undefined : model.slice(0, slash);
  if (explicit !== undefined) {
    if (!registered.has(explicit)) throw notRegistered(explicit, registered, `${path}.provider`);
    return { provider: explicit, model: prefix === explicit ? model.slice(slash + 1) : model };
  }
  if (prefix !== undefined) {
    if (registered.has(prefix)) return { provider: prefix, model: model.slice(slash + 1) };
    throw notRegistered(prefix, registered, `${path}.model`);
  }
  for (const [provider, { claims }] of registered) {
    // `search` instead of `test`, because a pattern with the flag `g` keeps state between calls of `test`.
    if (claims !== undefined && model.search(claims) !== -1) return { provider, model };
  }
  throw invalidOption(
    `${path}.model`,
    `cannot tell which provider serves "${model}".`,
    `Add a prefix, e.g. "${example(registered)}/${model}", or set provider.${list(registered)}`,
  );
}

/** A provider's name for messages. */
function example(registered: RegisteredProviders): string {
  const [name = "PROVIDER"] = registered.keys();
  return name;
}

/** Longer lists of names would not help the reader of a message. */
const mostListed = 12;

function list(registered: RegisteredProviders): string {
  if (registered.size > mostListed) return "";
  return ` Registered: ${registered.size === 0 ? "none" : [...registered.keys()].join(", ")}.`;
}

function notRegistered(name: string, registered: RegisteredProviders, path: string): Error {
  return invalidOption(
    path,
    `the provider "${name}" is not registered.${didYouMean(name, registered.keys())}`,
    `Use the prefix of a registered provider, e.g. "${example(registered)}/...", or add the provider in code.${list(registered)}`,
  );
}
