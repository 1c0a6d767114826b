import { builtInProviders, type Explanation, type YamlRouter } from "modelyard";

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
}

const providers = new Map(builtInProviders({ env: {} }).map((provider) => [provider.name, provider]));

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

/** @param env - the variables that providers read by themselves */
export function connectionOf(
  config: Config,
  { position, provider: name, settings }: Deployment,
  env: Readonly<Record<string, string | undefined>>,
): Connection {
  const entry = config.entryOf[position] ?? position;
  const provider = providers.get(name);
  const base = referenceOf(config, entry, ["api_base", "base_url"]);
  const address = settings.find((setting) => setting.name === "apiBase")?.value as string | undefined;
  const host = base?.isSet === false ? `os.environ/${base.name}` : (hostOf(address) ?? hostOf(provider?.baseUrl));
  const key = referenceOf(config, entry, ["api_key"]);
  if (key !== undefined) return { host, apiKeyFrom: `os.environ/${key.name}`, apiKeyIsMissing: !key.isSet };
  const credential = config.credentialOf[entry];
  const inFile =
    config.written(["model_list", entry, "litellm_params", "api_key"]) !== undefined ||
    (credential !== undefined &&
      config.written(["credential_list", credential, "credential_values", "api_key"]) !== undefined);
  if (inFile) return { host, apiKeyFrom: "the file", apiKeyIsMissing: false };
  const variables = provider?.environment?.apiKey ?? [];
  const variable = variables.find((one) => (env[one] ?? "") !== "");
  return { host, apiKeyFrom: variable ?? variables[0], apiKeyIsMissing: variable === undefined };
}
