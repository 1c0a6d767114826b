import { type JsonObject, type RouterConfig, Secret } from "@modelyard/core";
import { type Path, type Place, readDocument, showPath, type SourceDocument } from "./document.js";
import { type Environment, ownEnvironment, resolveEnvironment } from "./environment.js";
import { ConfigError, type ConfigIssue } from "./issues.js";
import type { CacheParams, ConfigFile, RouterSettings } from "./schema.js";
import { given, ms, type ProviderVariables, toDeployments } from "./to-deployments.js";
import { toRouterConfig } from "./to-router-config.js";
import { type Finding, validate } from "./validate.js";

export interface ParseOptions {
  /** @defaultValue none: nothing is set */
  readonly env?: Environment;
  /** For messages. @defaultValue `config.yaml` */
  readonly file?: string;
  /** Reads a file that `include` names. @throws when it cannot */
  readonly readFile?: (path: string) => string;
  /** Turns errors into warnings wherever a meaning is left. @defaultValue false */
  readonly lenient?: boolean;
  /** Where a provider's settings come from when the file does not have them. */
  readonly providerVariables?: (model: string, provider: string | undefined) => ProviderVariables | undefined;
}

/** A strategy by name; nothing here knows any. */
export interface StrategyChoice {
  readonly name: string;
  readonly args: JsonObject;
}

export interface RedisSettings {
  readonly url?: Secret;
  readonly host?: string;
  readonly port?: number;
  readonly username?: string;
  readonly password?: Secret;
  readonly db?: number;
  readonly tls?: boolean;
  /** Cluster. */
  readonly nodes?: readonly { readonly host: string; readonly port: number }[];
  readonly sentinels?: readonly { readonly host: string; readonly port: number }[];
  /** Sentinel: name of the master. */
  readonly masterName?: string;
  readonly namespace?: string;
}

/** A file, checked, as plain data. */
export interface ParsedConfig {
  readonly router: RouterConfig;
  readonly strategy: StrategyChoice;
  readonly groupStrategies: Readonly<Record<string, StrategyChoice>>;
  /** `undefined`: answers are not kept. */
  readonly cache:
    | { readonly type: "local" | "redis"; readonly maxEntries?: number; readonly maxBytes?: number }
    | undefined;
  /** `undefined`: nothing is shared. */
  readonly redis: RedisSettings | undefined;
  readonly callbacks: {
    readonly success: readonly string[];
    readonly failure: readonly string[];
    readonly both: readonly string[];
  };
  readonly proxy: {
    readonly masterKey: Secret | undefined;
    readonly host: string | undefined;
    readonly port: number | undefined;
    readonly maxRequestBytes: number | undefined;
    readonly drainMs: number | undefined;
    readonly requireAuthForMetrics: boolean;
  };
  readonly verbose: boolean;
  /** What `environment_variables` sets. */
  readonly environment: Readonly<Record<string, string>>;
  readonly warnings: readonly ConfigIssue[];
  /** Where a value was written, e.g. `model_list[0].litellm_params.rpm`. */
  readonly sourceOf: (path: Path) => Place;
}

/**
 * Reads LiteLLM's YAML.
 * @throws {@link ConfigError} with everything that is wrong, each with its place
 */
export function parseConfig(text: string, options: ParseOptions = {}): ParsedConfig {
  const { file = "config.yaml", env = {}, lenient = false } = options;
  const document = readDocument(text, file);
  if (document.issues.length > 0) throw new ConfigError(document.issues);
  const errors: ConfigIssue[] = [];
  const warnings: ConfigIssue[] = [];
  const merged = withIncludes(document, options, errors);
  const place = (finding: Finding): ConfigIssue => ({
    path: showPath(finding.path),
    message: finding.message,
    ...merged.placeOf(finding.path),
  });
  const environment = ownEnvironment((merged.value as JsonObject | null | undefined)?.["environment_variables"], env);
  const missing: Finding[] = [];
  const allVariables = { ...env, ...environment };
  const resolved = resolveEnvironment(merged.value, allVariables, [], missing);
  for (const finding of missing) errors.push(place(finding));
  const missingPaths = new Set(missing.map((finding) => showPath(finding.path)));
  const validated = validate(resolved, lenient);
  for (const finding of validated.errors) if (!missingPaths.has(showPath(finding.path))) errors.push(place(finding));
  for (const finding of validated.warnings) warnings.push(place(finding));
  const fatal = validated.config === undefined;
  if (errors.length > 0 && (!lenient || fatal)) throw new ConfigError(errors);
  const config = validated.config as ConfigFile;
  const modelList = config.model_list.flatMap((entry) =>
    toDeployments(entry, { environment: allVariables, variablesOf: options.providerVariables ?? (() => undefined) }),
  );
  const redis = redisSettings(config, allVariables);
  return {
    router: toRouterConfig(config, modelList),
    ...strategies(config.router_settings ?? {}),
    cache: cacheSettings(config, redis !== undefined),
    redis,
    callbacks: {
      success: config.litellm_settings?.success_callback ?? [],
      failure: config.litellm_settings?.failure_callback ?? [],
      both: config.litellm_settings?.callbacks ?? [],
    },
    proxy: {
      masterKey: Secret.of(config.general_settings?.master_key ?? allVariables["LITELLM_MASTER_KEY"]),
      host: config.general_settings?.host,
      port: config.general_settings?.port,
      maxRequestBytes: megabytes(config.general_settings?.max_request_size_mb),
      drainMs: ms(config.general_settings?.drain_timeout),
      requireAuthForMetrics: config.litellm_settings?.require_auth_for_metrics_endpoint ?? false,
    },
    verbose: config.litellm_settings?.set_verbose ?? config.router_settings?.set_verbose ?? false,
    environment,
    warnings: [...errors, ...warnings],
    sourceOf: (path) => merged.placeOf(path),
  };
}

function megabytes(amount: number | undefined): number | undefined {
  return amount === undefined ? undefined : amount * 1024 * 1024;
}

function strategies(router: RouterSettings): Pick<ParsedConfig, "strategy" | "groupStrategies"> {
  const groups = Object.entries(router.model_group_settings ?? {}).flatMap(([group, entry]) =>
    entry.routing_strategy === undefined
      ? []
      : [[group, { name: entry.routing_strategy, args: entry.routing_strategy_args ?? {} }] as const],
  );
  return {
    strategy: { name: router.routing_strategy ?? "simple-shuffle", args: router.routing_strategy_args ?? {} },
    groupStrategies: Object.fromEntries(groups),
  };
}

function cacheSettings(config: ConfigFile, hasRedis: boolean): ParsedConfig["cache"] {
  const router = config.router_settings ?? {};
  const litellm = config.litellm_settings ?? {};
  if (!(router.cache_responses ?? litellm.cache ?? false)) return undefined;
  const parameters: CacheParams = litellm.cache_params ?? {};
  const asked = parameters.type ?? (router.cache_kwargs?.["type"] === "local" ? "local" : undefined);
  const type = asked ?? (hasRedis ? "redis" : "local");
  return given<NonNullable<ParsedConfig["cache"]>>({
    type,
    maxEntries: parameters.max_entries,
    maxBytes: parameters.max_bytes,
  });
}

function redisSettings(config: ConfigFile, environment: Environment): RedisSettings | undefined {
  const router = config.router_settings ?? {};
  const parameters = config.litellm_settings?.cache_params ?? {};
  const wanted =
    parameters.type === "redis" || (config.litellm_settings?.cache === true && parameters.type === undefined);
  const settings = given<RedisSettings>({
    url: Secret.of(router.redis_url ?? parameters.url ?? (wanted ? environment["REDIS_URL"] : undefined)),
    host: router.redis_host ?? parameters.host ?? (wanted ? environment["REDIS_HOST"] : undefined),
    port:
      router.redis_port ??
      parameters.port ??
      (wanted && environment["REDIS_PORT"] !== undefined ? Number(environment["REDIS_PORT"]) : undefined),
    username: router.redis_username ?? parameters.username,
    password: Secret.of(
      router.redis_password ?? parameters.password ?? (wanted ? environment["REDIS_PASSWORD"] : undefined),
    ),
    db: router.redis_db ?? parameters.db,
    tls: parameters.ssl,
    nodes: parameters.redis_startup_nodes,
    sentinels: parameters.sentinel_nodes?.map((node) => ("host" in node ? node : { host: node[0], port: node[1] })),
    masterName: parameters.service_name,
    namespace: undefined,
  });
  const reachable =
    settings.url !== undefined ||
    settings.host !== undefined ||
    settings.nodes !== undefined ||
    settings.sentinels !== undefined;
  return reachable ? settings : undefined;
}

/** The file with what it includes: lists are extended, everything else is replaced, as in LiteLLM. */
function withIncludes(document: SourceDocument, options: ParseOptions, errors: ConfigIssue[]): SourceDocument {
  const root = document.value;
  if (typeof root !== "object" || root === null || !("include" in root)) return document;
  const { include, ...value } = root as Record<string, unknown>;
  const complain = (path: Path, message: string): void => {
    errors.push({ path: showPath(path), message, ...document.placeOf(path) });
  };
  if (!Array.isArray(include)) complain(["include"], "must be a list of files.");
  const origins: { readonly key: string; readonly from: number; readonly document: SourceDocument }[] = [];
  for (const [index, name] of (Array.isArray(include) ? (include as readonly unknown[]) : []).entries()) {
    if (typeof name !== "string" || options.readFile === undefined) {
      complain(
        ["include", index],
        options.readFile === undefined ? "files cannot be included here." : "must be the name of a file.",
      );
      continue;
    }
    let included: SourceDocument;
    try {
      included = readDocument(options.readFile(name), name);
    } catch {
      complain(["include", index], `"${name}" cannot be read. It is looked up beside this file.`);
      continue;
    }
    errors.push(...included.issues);
    if (typeof included.value !== "object" || included.value === null) continue;
    for (const [key, entry] of Object.entries(included.value)) {
      const known = value[key];
      const extend = Array.isArray(known) && Array.isArray(entry);
      origins.push({ key, from: extend ? known.length : -1, document: included });
      value[key] = extend ? [...(known as readonly unknown[]), ...(entry as readonly unknown[])] : entry;
    }
  }
  const placeOf = (path: Path): Place => {
    const [key, index] = path;
    for (const origin of origins.toReversed()) {
      if (origin.key !== key) continue;
      if (origin.from === -1) return origin.document.placeOf(path);
      if (typeof index === "number" && index >= origin.from)
        return origin.document.placeOf([key, index - origin.from, ...path.slice(2)]);
    }
    return document.placeOf(path);
  };
  return { value, issues: document.issues, placeOf };
}
