import type { JsonObject, RouterConfig, Secret } from "@modelyard/core";
import type { Place } from "./document.js";
import type { Path } from "./path.js";
import type { ConfigIssue } from "./issues.js";
import type { PlacesData } from "./merged-places.js";

/** A strategy by name; nothing here knows any. */
export interface StrategyChoice {
  readonly name: string;
  readonly args: JsonObject;
  /** Where it was written: of the settings that hold `routing_strategy`. */
  readonly path: Path;
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
  /** Of the Sentinels themselves. */
  readonly sentinelPassword?: Secret;
  readonly namespace?: string;
}

/** A file, checked, as plain data. */
export interface ParsedConfig {
  readonly router: RouterConfig;
  /** For each deployment of `router.modelList`, which entry of `model_list` it is from. */
  readonly entryOf: readonly number[];
  /** For each entry of `model_list`, which entry of `credential_list` it names. */
  readonly credentialOf: readonly (number | undefined)[];
  /** Whether a deployment that cannot work is left out, instead of being an error. */
  readonly ignoreInvalidDeployments: boolean;
  readonly strategy: StrategyChoice;
  /** By model group. Groups that share a choice have the same object. */
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
    /** Whether prompts and answers stay here. */
    readonly redact: boolean;
  };
  readonly proxy: {
    readonly masterKey: Secret | undefined;
    /** The header that carries the master key, in lower case. */
    readonly keyHeader: string | undefined;
    /** Which web pages may call; `*`: all. `undefined`: all with a master key, none without. */
    readonly allowedOrigins: readonly string[] | undefined;
    /** Names that are answered without a master key, besides addresses and `localhost`; `*`: any. */
    readonly allowedHosts: readonly string[] | undefined;
    readonly host: string | undefined;
    readonly port: number | undefined;
    readonly maxRequestBytes: number | undefined;
    readonly drainMs: number | undefined;
    readonly pingMs: number | undefined;
    readonly requireAuthForMetrics: boolean;
  };
  readonly verbose: boolean;
  /** Providers that `custom_provider_map` says are classes in Python. */
  readonly pythonProviders: readonly string[];
  /** What `environment_variables` sets. */
  readonly environment: Readonly<Record<string, string>>;
  readonly warnings: readonly ConfigIssue[];
  /** What `sourceOf` and `written` read. */
  readonly places: PlacesData;
  /** Where a value was written, e.g. `model_list[0].litellm_params.rpm`; for one that is not there, its nearest parent. */
  readonly sourceOf: (path: Path) => Place;
  /** Where a value was written; `undefined`: it was not. */
  readonly written: (path: Path) => Place | undefined;
}
