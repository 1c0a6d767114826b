import type { Provider } from "@modelyard/core";
import { builtInProviders } from "modelyard";

type Environment = Readonly<Record<string, string | undefined>>;

/** A provider whose key is in the environment. */
export interface FoundKey {
  readonly provider: Provider;
  readonly variable: string;
  /** The variable that contains the address, if the provider has none of its own. */
  readonly addressVariable: string | undefined;
  /** What is needed for the address and is not set: the variable with the address, or with a part of it. */
  readonly missing: { readonly variable: string | undefined; readonly isPart: boolean } | undefined;
}

function firstSet(names: readonly string[] | undefined, env: Environment): string | undefined {
  return names?.find((name) => (env[name] ?? "").trim() !== "");
}

const placeholders = /\{(?<name>\w+)\}/gu;

/** What is needed to know a provider's address: its variable, or the one that is missing. */
function addressOf(
  { baseUrl, environment = {} }: Provider,
  env: Environment,
): Pick<FoundKey, "addressVariable" | "missing"> {
  const { apiBase = [], apiBaseTemplate, ownAddress = false } = environment;
  const variable = firstSet(apiBase, env);
  if (variable !== undefined) return { addressVariable: variable, missing: undefined };
  if (baseUrl !== undefined && !ownAddress) return { addressVariable: undefined, missing: undefined };
  const parts = [...(apiBaseTemplate ?? "").matchAll(placeholders)].map(({ groups }) => groups?.["name"] ?? "");
  const unset = parts.find((name) => firstSet([name], env) === undefined);
  const isPart = parts.length > 0;
  return {
    addressVariable: undefined,
    missing: isPart && unset === undefined ? undefined : { variable: isPart ? unset : apiBase[0], isPart },
  };
}

/** The providers whose keys are in the environment. Of several that read the same variable, only the first counts. */
export function findKeys(env: Environment): readonly FoundKey[] {
  const seen = new Set<string>();
  return builtInProviders({ env: {} }).flatMap((provider) => {
    const variable = firstSet(provider.environment?.apiKey, env);
    if (variable === undefined || seen.has(variable)) return [];
    seen.add(variable);
    return [{ provider, variable, ...addressOf(provider, env) }];
  });
}

/** The usual variables for the keys of these providers. */
export function keyVariables(names: readonly string[]): readonly string[] {
  return builtInProviders({ env: {} })
    .filter(({ name }) => names.includes(name))
    .flatMap(({ environment }) => environment?.apiKey?.slice(0, 1) ?? []);
}
