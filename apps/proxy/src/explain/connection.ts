import type { Provider } from "@modelyard/core";
import type { Explanation, YamlRouter } from "modelyard";

type Config = YamlRouter["config"];
type Deployment = Explanation["deployments"][number];

/** Where a deployment is called, and where its key comes from. */
export interface Connection {
  /** The host and port, or the variable that contains the address if it is not set. */
  readonly host: string | undefined;
  /** E.g. `os.environ/NAME`, `NAME` if the provider reads this variable by itself, or `the file`. */
  readonly apiKeyFrom: string | undefined;
  /** Whether the key comes from a variable that is not set here. */
  readonly apiKeyIsMissing: boolean;
  /** The provider's own variables that are needed, because the file does not set the key or address, and not set. */
  readonly missing: readonly string[];
}

/** The variable that the file names for one of these parameters of a deployment, or of its credential. */
function referenceOf({ references, credentialOf }: Config, entry: number, keys: readonly string[]) {
  const credential = credentialOf[entry];
  const isOwn = ([list, position, section]: readonly (string | number)[]): boolean =>
    list === "model_list"
      ? position === entry
      : list === "credential_list" && position === credential && section !== "";
  return references.find(({ path }) => path.length === 4 && isOwn(path) && keys.includes(String(path[3])));
}

function hostOf(address: string | undefined): string | undefined {
  return address !== undefined && URL.canParse(address) ? new URL(address).host : undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

function firstSet(names: readonly string[], env: Environment): string | undefined {
  return names.find((name) => (env[name] ?? "") !== "");
}

/** The provider's variable that would supply the address, if nothing does. */
function missingAddress({ environment = {} }: Provider, host: string | undefined, env: Environment): readonly string[] {
  const { ownAddress = false, apiBase = [], apiBaseTemplate = "" } = environment;
  if (!ownAddress || host !== undefined || firstSet(apiBase, env) !== undefined) return [];
  const parts = [...apiBaseTemplate.matchAll(/\{(?<name>\w+)\}/gu)].map(([, name = ""]) => name);
  return parts.length === 0 ? apiBase.slice(0, 1) : parts.filter((name) => firstSet([name], env) === undefined);
}

/** @param env - the variables that providers read by themselves */
export function connectionOf(
  { config, providers }: Pick<YamlRouter, "config" | "providers">,
  { position, provider: name, settings }: Deployment,
  env: Environment,
): Connection {
  const entry = config.entryOf[position] ?? position;
  const provider = providers.find((one) => one.name === name);
  const base = referenceOf(config, entry, ["api_base", "base_url"]);
  const address = settings.find((setting) => setting.name === "apiBase")?.value as string | undefined;
  const isWritten = writes(config, entry, "api_base") || writes(config, entry, "base_url");
  const own =
    isWritten || firstSet(provider?.environment?.apiBase ?? [], env) !== undefined ? hostOf(address) : undefined;
  const host = base?.isSet === false ? `os.environ/${base.name}` : (own ?? hostOf(provider?.baseUrl));
  const missing = provider === undefined ? [] : missingAddress(provider, host, env);
  const key = referenceOf(config, entry, ["api_key"]);
  if (key !== undefined) return { host, apiKeyFrom: `os.environ/${key.name}`, apiKeyIsMissing: !key.isSet, missing };
  if (writes(config, entry, "api_key")) return { host, apiKeyFrom: "the file", apiKeyIsMissing: false, missing };
  const variables = provider?.environment?.apiKey ?? [];
  const variable = firstSet(variables, env);
  if (variable !== undefined) return { host, apiKeyFrom: variable, apiKeyIsMissing: false, missing };
  const usual = provider?.environment?.keyless === true ? [] : variables.slice(0, 1);
  return { host, apiKeyFrom: usual[0], apiKeyIsMissing: usual.length > 0, missing: [...usual, ...missing] };
}

/** Whether the file sets a parameter of a deployment, or of its credential. */
function writes(config: Config, entry: number, key: string): boolean {
  const credential = config.credentialOf[entry];
  return (
    config.written(["model_list", entry, "litellm_params", key]) !== undefined ||
    (credential !== undefined &&
      config.written(["credential_list", credential, "credential_values", key]) !== undefined)
  );
}
