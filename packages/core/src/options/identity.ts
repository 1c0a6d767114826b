import type { CachePricing, IgnoredFields, PromptCacheFacts, ProviderIdentity } from "../provider-identity.js";
import { partName } from "./parts.js";
import { atLeastZero, callable, choice, fault, kindOf, list, type Rule, type RulesOf, shape, text } from "./rules.js";

/** A regular expression, possibly from another realm. */
function pattern(example: string): Rule {
  return (value, path) =>
    typeof value === "object" && value !== null && Symbol.search in value
      ? undefined
      : fault(path, `expected a regular expression, got ${kindOf(value)}.`, `Write e.g. ${example}.`);
}

const rules: Pick<
  RulesOf<ProviderIdentity>,
  "name" | "claims" | "cachePricing" | "promptCache" | "api" | "unserved" | "ignoredFields"
> = {
  name: partName,
  claims: pattern("claims: /^acme-/u"),
  cachePricing: shape<CachePricing>(
    { models: pattern("models: /^acme-/u"), read: atLeastZero, write: atLeastZero, writeHour: atLeastZero },
    { required: ["models", "read", "write", "writeHour"] },
  ),
  promptCache: shape<PromptCacheFacts>(
    { leastTokens: atLeastZero, lifetimeMs: callable },
    { required: ["leastTokens", "lifetimeMs"] },
  ),
  api: choice(["openai", "own"]),
  unserved: callable,
  ignoredFields: shape<IgnoredFields>({ names: list(text), reason: callable }, { required: ["names", "reason"] }),
};

/** The rules for the identity of a provider. */
export const identity: Rule = (value, path) => {
  for (const [key, rule] of Object.entries(rules)) {
    const given = (value as Readonly<Record<string, unknown>>)[key];
    const found = given === undefined && key !== "name" ? undefined : rule(given, `${path}.${key}`);
    if (found !== undefined) return found;
  }
  return undefined;
};
