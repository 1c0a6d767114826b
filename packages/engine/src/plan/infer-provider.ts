import { didYouMean, invalidOption } from "@modelyard/core";

/** Names that say whose they are. Source: the vendors' model lists. */
const bareNames: readonly { readonly pattern: RegExp; readonly provider: string }[] = [
  {
    pattern:
      /^(?:gpt-|chatgpt-|o[1-9](?:-|$)|text-embedding-|text-davinci|davinci|babbage|omni-moderation|codex-|computer-use-|ft:(?:gpt|o[1-9]|davinci|babbage)|\*$)/u,
    provider: "openai",
  },
  { pattern: /^claude-/u, provider: "anthropic" },
  { pattern: /^gemini-/u, provider: "gemini" },
  {
    pattern: /^(?:mistral|ministral|magistral|devstral|codestral|open-mistral|open-mixtral|pixtral)-/u,
    provider: "mistral",
  },
  { pattern: /^deepseek-/u, provider: "deepseek" },
  { pattern: /^grok-/u, provider: "xai" },
  { pattern: /^sonar(?:-|$)/u, provider: "perplexity" },
];

export interface InferredProvider {
  readonly provider: string;
  /** The vendor's model, without the provider before it. */
  readonly model: string;
}

/**
 * Provider and vendor model of `model`: what stands before the first `/` when it is a provider's name, else what the
 * name itself says.
 * @param path - where the deployment was written, for messages
 * @throws `invalid_option` when nobody can tell, or the provider is not registered
 */
export function inferProvider(
  model: string,
  explicit: string | undefined,
  registered: ReadonlyMap<string, unknown>,
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
  const provider = bareNames.find(({ pattern }) => pattern.test(model))?.provider;
  if (provider === undefined) {
    throw invalidOption(
      `${path}.model`,
      `cannot tell which provider serves "${model}".`,
      `Add a prefix, e.g. "openai/${model}", or set provider.${list(registered)}`,
    );
  }
  if (!registered.has(provider)) throw notRegistered(provider, registered, `${path}.model`);
  return { provider, model };
}

/** A longer list of names would not help the reader of a message about one of them. */
const mostListed = 12;

function list(registered: ReadonlyMap<string, unknown>): string {
  if (registered.size > mostListed) return "";
  return ` Registered: ${registered.size === 0 ? "none" : [...registered.keys()].join(", ")}.`;
}

function notRegistered(name: string, registered: ReadonlyMap<string, unknown>, path: string): Error {
  return invalidOption(
    path,
    `the provider "${name}" is not registered.${didYouMean(name, registered.keys())}`,
    `Use the prefix of a registered provider, e.g. "openai/...", or add the provider in code.${list(registered)}`,
  );
}
