import type { JsonObject, RouterConfig, Secret } from "@modelyard/core";
import type { Place } from "./document.js";
import type { EnvironmentReference } from "./environment.js";
import type { Path } from "./path.js";
import type { ConfigIssue } from "./issues.js";
import type { PlacesData } from "./merged-places.js";

/** A strategy by name. Whether it exists is checked where it is created. */
export interface StrategyChoice {
  readonly name: string;
  readonly args: JsonObject;
  /** Path of the settings that contain `routing_strategy`. */
  readonly path: Path;
}

/** A module that the file names. Whether it can be loaded is checked where that is done. */
export interface ModuleChoice {
  /** Its path as written. */
  readonly name: string;
  readonly args: JsonObject;
  /** The paths of both in the file. */
  readonly place: { readonly module: Path; readonly args: Path };
}

/** A provider that is a module. */
export interface ProviderModule extends ModuleChoice {
  /** The name before the `/` of its models. */
  readonly provider: string;
}

/** A callback that is a module. */
export interface CallbackModule extends ModuleChoice {
  /** The outcomes of requests and attempts that it receives. */
  readonly on: readonly ("success" | "failure")[];
}

export interface RedisSettings {
  readonly url?: Secret;
  readonly host?: string;
  readonly port?: number;
  readonly username?: string;
  readonly password?: Secret;
  readonly db?: number;
  readonly tls?: boolean;
  /** The nodes of a Redis Cluster. */
  readonly nodes?: readonly { readonly host: string; readonly port: number }[];
  readonly sentinels?: readonly { readonly host: string; readonly port: number }[];
  /** The name of the master that the Sentinels watch. */
  readonly masterName?: string;
  /** The password of the Sentinels themselves. */
  readonly sentinelPassword?: Secret;
  readonly namespace?: string;
}

/** A validated configuration file. */
export interface ParsedConfig {
  readonly router: RouterConfig;
  /** For each deployment of `router.modelList`, the position of its entry in the file's `model_list`. */
  readonly entryOf: readonly number[];
  /** For each entry of `model_list`, the position of the `credential_list` entry that it names. */
  readonly credentialOf: readonly (number | undefined)[];
  /** Whether a deployment that cannot work is skipped with a warning instead of being an error. */
  readonly ignoreInvalidDeployments: boolean;
  readonly strategy: StrategyChoice;
  /** Strategies by model group. Groups of one routing group share one object. */
  readonly groupStrategies: Readonly<Record<string, StrategyChoice>>;
  /** Where answers are cached, or `undefined` if they are not. */
  readonly cache:
    | { readonly type: "local" | "redis"; readonly maxEntries?: number; readonly maxBytes?: number }
    | { readonly type: "custom"; readonly module: ModuleChoice }
    | undefined;
  /** How to reach Redis, or `undefined` if this process shares no state with others. */
  readonly redis: RedisSettings | undefined;
  /** Names as written, built-in callbacks and modules alike. */
  readonly callbacks: {
    readonly success: readonly string[];
    readonly failure: readonly string[];
    readonly both: readonly string[];
    /** Whether prompts and answers are withheld from callbacks. */
    readonly redact: boolean;
  };
  readonly callbackModules: readonly CallbackModule[];
  readonly providerModules: readonly ProviderModule[];
  readonly proxy: {
    readonly masterKey: Secret | undefined;
    /** The header that carries the master key, in lower case. */
    readonly keyHeader: string | undefined;
    /**
     * Origins of the web pages that may call, or `*` for all. `undefined` means all with a master key, none without.
     */
    readonly allowedOrigins: readonly string[] | undefined;
    /** Host names that are served without a master key besides IP addresses and `localhost`, or `*` for any. */
    readonly allowedHosts: readonly string[] | undefined;
    readonly host: string | undefined;
    readonly port: number | undefined;
    readonly maxRequestBytes: number | undefined;
    readonly drainMs: number | undefined;
    readonly pingMs: number | undefined;
    readonly requireAuthForMetrics: boolean;
  };
  readonly verbose: boolean;
  /** Providers that `custom_provider_map` maps to Python classes, which cannot run here. */
  readonly pythonProviders: readonly string[];
  /** The variables that `environment_variables` sets. */
  readonly environment: Readonly<Record<string, string>>;
  /** The values of the file that are taken from environment variables. */
  readonly references: readonly EnvironmentReference[];
  readonly warnings: readonly ConfigIssue[];
  /** The data behind `sourceOf` and `written`. */
  readonly places: PlacesData;
  /** Where a value was written, e.g. `model_list[0].litellm_params.rpm`, or its nearest parent if it was not. */
  readonly sourceOf: (path: Path) => Place;
  /** Where a value was written, or `undefined` if it was not. */
  readonly written: (path: Path) => Place | undefined;
}
