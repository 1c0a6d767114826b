import { type DeploymentOptions, Secret } from "@modelyard/core";
import type { ProviderEnvironment } from "@modelyard/core/kit";
import { allowedHosts, allowedOrigins, hostErrors, originErrors } from "./allowed-callers.js";
import { cacheSettings, redisErrors, redisSettings } from "./cache-settings.js";
import { checkFile } from "./check-file.js";
import { placesOf } from "./config-transfer.js";
import { type Path, showPath } from "./path.js";
import { type Environment, ownEnvironment } from "./environment.js";
import type { Finding } from "./findings.js";
import { type MergedDocument, readMerged } from "./includes.js";
import {
  cacheModule,
  callbackModules,
  moduleErrors,
  moduleWarnings,
  providerModules,
  pythonProviders,
} from "./modules.js";
import { ConfigError, type ConfigIssue, withoutExcess } from "./issues.js";
import { type ConfigFile, type RouterSettings, vendorKeys } from "./schema.js";
import type { ParsedConfig, StrategyChoice } from "./parsed-config.js";
import { toDeployments } from "./to-deployments.js";
import { toRouterConfig } from "./to-router-config.js";
import { isFields } from "./validate.js";

export interface ParseOptions {
  /**
   * The environment variables that the file may refer to.
   * @defaultValue no variables
   */
  readonly env?: Environment;
  /**
   * The file's name, for messages and for the paths of included files.
   * @defaultValue `config.yaml`
   */
  readonly file?: string;
  /**
   * Reads a file that `include` names. If not set, `include` is an error.
   * @throws if the file cannot be read; an `UnreadableFile` explains why
   */
  readonly readFile?: (path: string) => string;
  /**
   * Turns errors into warnings wherever the rest of the file is usable.
   * @defaultValue false
   */
  readonly lenient?: boolean;
  /**
   * Turns warnings into errors.
   * @defaultValue false
   */
  readonly strict?: boolean;
  /**
   * Gives variables that are not set a plausible value, for checking a file on a machine that does not have its
   * secrets. The resulting configuration must not be served.
   * @defaultValue false
   */
  readonly assumeEnvironment?: boolean;
  /**
   * Whether an entry of `model_list` is skipped anyway, so that the variables it names need not be set. It is called
   * with the entry as written, with variables filled in.
   * @defaultValue no entry is skipped
   */
  readonly isUnserved?: (entry: Readonly<Record<string, unknown>>) => boolean;
  /**
   * The variables that supply a provider's key and address if the file does not set them.
   * @defaultValue none
   */
  readonly providerVariables?: (model: string, provider: string | undefined) => ProviderEnvironment | undefined;
  /**
   * Settings of deployments that custom providers read, by name. Other unknown keys are sent to the vendor.
   * @defaultValue none
   */
  readonly providerSettings?: readonly string[];
}

/**
 * Parses a configuration in LiteLLM's YAML format.
 * @throws {@link ConfigError} with all errors and their places, in the order of the file
 */
export function parseConfig(text: string, options: ParseOptions = {}): ParsedConfig {
  const { file = "config.yaml", env = {}, lenient = false, assumeEnvironment = false } = options;
  const merged = withoutTooMany(readMerged(text, { file, readFile: options.readFile }));
  if (merged.issues.length > 0 && (!lenient || merged.value["model_list"] == null))
    throw new ConfigError(inOrder(merged.issues, merged.files));
  const environment = ownEnvironment(merged.value["environment_variables"], env);
  const variables = { ...env, ...environment };
  const checked = checkFile(merged.value, variables, {
    lenient,
    assumeEnvironment,
    isUnserved: options.isUnserved,
    isVendor: vendorKeys(options.providerSettings),
  });
  const place = (finding: Finding): ConfigIssue => ({
    path: showPath(finding.path, finding.unknown),
    message: finding.message,
    ...(finding.kind === undefined ? {} : { kind: finding.kind }),
    ...merged.places.placeOf(finding.path),
  });
  const { config } = checked;
  const found = [
    ...checked.errors,
    ...(config === undefined
      ? []
      : [
          ...keyErrors(config, variables),
          ...originErrors(config, variables),
          ...hostErrors(config),
          ...redisErrors(config, variables),
          ...moduleErrors(config),
        ]),
  ];
  const errors = inOrder([...merged.issues, ...found.map(place)], merged.files);
  if (config === undefined || (errors.length > 0 && !lenient)) {
    const odd = options.strict === true ? [...merged.warnings, ...checked.warnings.map(place)] : [];
    throw new ConfigError(inOrder([...errors, ...odd], merged.files));
  }
  const { modelList, entryOf, skipped } = deployments(config, checked.entries, variables, options);
  const redis = redisSettings(config, variables);
  const warnings = inOrder(
    [...errors, ...merged.warnings, ...[...checked.warnings, ...moduleWarnings(config), ...skipped].map(place)],
    merged.files,
  );
  if (options.strict === true && warnings.length > 0) throw new ConfigError(warnings);
  return {
    router: toRouterConfig(config, modelList),
    entryOf,
    credentialOf: credentialsOf(merged.value),
    ignoreInvalidDeployments: lenient || config.router_settings?.ignore_invalid_deployments === true,
    ...strategies(config.router_settings ?? {}),
    cache: cacheSettings(config, redis !== undefined, cacheModule(config)),
    redis,
    callbacks: {
      success: config.litellm_settings?.success_callback ?? [],
      failure: config.litellm_settings?.failure_callback ?? [],
      both: config.litellm_settings?.callbacks ?? [],
      redact: config.litellm_settings?.turn_off_message_logging ?? false,
    },
    proxy: proxySettings(config, variables),
    verbose: config.litellm_settings?.set_verbose ?? config.router_settings?.set_verbose ?? false,
    callbackModules: callbackModules(config),
    providerModules: providerModules(config),
    pythonProviders: pythonProviders(config),
    environment,
    references: checked.references,
    warnings: withoutExcess(warnings),
    ...placesOf(merged.places),
  };
}

/** A limit is needed because all deployments are compiled at once when the file is loaded, which delays requests. */
const mostDeployments = 10_000;

/** Adds an error if the model list is too long, and drops everything else. */
function withoutTooMany(merged: MergedDocument): MergedDocument {
  const list = merged.value["model_list"];
  if (!Array.isArray(list) || list.length <= mostDeployments) return merged;
  const count = `${list.length.toLocaleString("en")} deployments, and the limit is ${mostDeployments.toLocaleString("en")}`;
  const message = `there are ${count}. Serve the others from another process.`;
  const issue = { path: "model_list", message, ...merged.places.placeOf(["model_list", mostDeployments]) };
  return { ...merged, value: {}, issues: [...merged.issues, issue] };
}

/**
 * For each entry of `model_list`, the position of its credential. Reads the raw file, in which no entry was dropped.
 */
function credentialsOf(root: Readonly<Record<string, unknown>>): readonly (number | undefined)[] {
  const list = (key: string): readonly unknown[] => (Array.isArray(root[key]) ? (root[key] as readonly unknown[]) : []);
  const field = (value: unknown, key: string): unknown => (isFields(value) ? value[key] : undefined);
  const names = list("credential_list").map((entry) => field(entry, "credential_name"));
  return list("model_list").map((entry) => {
    const name = field(field(entry, "litellm_params"), "litellm_credential_name");
    const index = name === undefined ? -1 : names.indexOf(name);
    return index === -1 ? undefined : index;
  });
}

/** Sorts issues in reading order: file by file, from top to bottom. */
function inOrder(issues: readonly ConfigIssue[], files: readonly string[]): readonly ConfigIssue[] {
  const rank = ({ file }: ConfigIssue): number => files.indexOf(file);
  return issues.toSorted(
    (left, right) => rank(left) - rank(right) || left.line - right.line || left.column - right.column,
  );
}

function deployments(
  config: ConfigFile,
  entries: readonly number[],
  environment: Environment,
  options: ParseOptions,
): {
  readonly modelList: readonly DeploymentOptions[];
  readonly entryOf: readonly number[];
  readonly skipped: readonly Finding[];
} {
  const modelList: DeploymentOptions[] = [];
  const entryOf: number[] = [];
  const skipped: Finding[] = [];
  const variablesOf = options.providerVariables ?? (() => undefined);
  const isVendor = vendorKeys(options.providerSettings);
  for (const [index, entry] of config.model_list.entries()) {
    const origin = entries[index] ?? index;
    const here = environment["LITELLM_ENVIRONMENT"];
    const meant = entry.model_info?.supported_environments;
    if (meant !== undefined && here !== undefined && !meant.includes(here)) {
      const path = ["model_list", origin, "model_info", "supported_environments"];
      skipped.push({
        path,
        message: `the deployment is skipped, because LITELLM_ENVIRONMENT is ${JSON.stringify(here)}.`,
      });
      continue;
    }
    for (const one of toDeployments(entry, {
      environment,
      isVendor,
      variablesOf,
      assumeEnvironment: options.assumeEnvironment === true,
    })) {
      modelList.push(one);
      entryOf.push(origin);
    }
  }
  return { modelList, entryOf, skipped };
}

/** The key that callers have to send. */
function masterKeyOf({ general_settings: general }: ConfigFile, environment: Environment): string | undefined {
  return general?.master_key ?? environment["LITELLM_MASTER_KEY"];
}

/** An empty key is an error: an operator who sets a key wants to keep callers out, but an empty one would let everyone in. */
function keyErrors(config: ConfigFile, environment: Environment): readonly Finding[] {
  if (masterKeyOf(config, environment)?.trim() !== "") return [];
  const where = config.general_settings?.master_key === undefined ? "LITELLM_MASTER_KEY" : "it";
  return [{ path: ["general_settings", "master_key"], message: `${where} is empty. Set a key, or omit it.` }];
}

function proxySettings(config: ConfigFile, environment: Environment): ParsedConfig["proxy"] {
  const general = config.general_settings ?? {};
  const pings = config.litellm_settings?.sse_keepalive_ping_interval_seconds;
  return {
    masterKey: Secret.of(masterKeyOf(config, environment)),
    keyHeader: general.litellm_key_header_name?.toLowerCase(),
    allowedOrigins: allowedOrigins(config, environment),
    allowedHosts: allowedHosts(config),
    host: general.host,
    port: general.port,
    maxRequestBytes: megabytes(general.max_request_size_mb),
    drainMs: ms(general.drain_timeout),
    pingMs: ms(general.stream_ping_interval ?? (pings === 0 ? undefined : pings)),
    requireAuthForMetrics: config.litellm_settings?.require_auth_for_metrics_endpoint ?? false,
  };
}

function ms(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : seconds * 1000;
}

function megabytes(amount: number | undefined): number | undefined {
  return amount === undefined ? undefined : amount * 1024 * 1024;
}

function strategies(router: RouterSettings): Pick<ParsedConfig, "strategy" | "groupStrategies"> {
  const choice = (
    entry: Pick<RouterSettings, "routing_strategy" | "routing_strategy_args">,
    path: Path,
  ): StrategyChoice | undefined =>
    entry.routing_strategy === undefined
      ? undefined
      : { name: entry.routing_strategy, args: entry.routing_strategy_args ?? {}, path };
  const groups = new Map<string, StrategyChoice>();
  for (const [index, entry] of (router.routing_groups ?? []).entries()) {
    const shared = choice(entry, ["router_settings", "routing_groups", index]);
    if (shared !== undefined) for (const name of [entry.group_name, ...entry.models]) groups.set(name, shared);
  }
  // Settings for a single group win over those of a routing group.
  for (const [group, entry] of Object.entries(router.model_group_settings ?? {})) {
    const own = choice(entry, ["router_settings", "model_group_settings", group]);
    if (own !== undefined) groups.set(group, own);
  }
  const path = ["router_settings"];
  return {
    strategy: choice(router, path) ?? { name: "simple-shuffle", args: router.routing_strategy_args ?? {}, path },
    groupStrategies: Object.fromEntries(groups),
  };
}
