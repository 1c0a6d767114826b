import type { JsonObject } from "./json.js";
import type { OperationName } from "./operations.js";

/**
 * Environment variables in which users keep what a configuration omits. Each list is read in order; the first that is
 * set counts.
 */
export interface ProviderEnvironment {
  readonly apiKey?: readonly string[];
  /** Whether calls need no key. @defaultValue false */
  readonly keyless?: boolean;
  readonly apiBase?: readonly string[];
  /** Whether the user has to give the address. @defaultValue false */
  readonly ownAddress?: boolean;
  /** An address in which `{NAME}` stands for an environment variable. Used when all of them are set. */
  readonly apiBaseTemplate?: string;
  readonly apiVersion?: readonly string[];
  readonly organization?: readonly string[];
}

/** What a vendor's prompt cache costs, as multiples of the price of a token of input. */
export interface CachePricing {
  /** Names of the models that are priced this way, wherever they are served, e.g. `/(?:^|[./])acme-/u`. */
  readonly models: RegExp;
  /** A token that is read from the cache. */
  readonly read: number;
  /** A token that is written to it for minutes. */
  readonly write: number;
  /** A token that is written to it for an hour. */
  readonly writeHour: number;
}

/** How a vendor's prompt cache works. */
export interface PromptCacheFacts {
  /** Shorter beginnings of prompts are not cached. */
  readonly leastTokens: number;
  /** How long the prompt of a request stays in the cache after its last use, in milliseconds. Must take little time. */
  readonly lifetimeMs: (request: JsonObject) => number;
}

/** The part of a deployment in a configuration file that determines whether it can be called at all. */
export interface WrittenDeployment {
  /** Without the name of the provider. */
  readonly model: string;
  readonly apiBase?: string | undefined;
  readonly hasKey: boolean;
  /** Names of the settings that only the vendor's provider understands. */
  readonly settings: readonly string[];
  /** What the model is for, if the file says so. */
  readonly operation?: OperationName | undefined;
}

/** Request fields that a vendor ignores without an error. */
export interface IgnoredFields {
  readonly names: readonly string[];
  /**
   * Why they are not sent, and what to do instead, in sentences. @param fields - those of `names` that a deployment
   * sets
   */
  readonly reason: (fields: readonly string[]) => string;
}

/**
 * The identity of a provider. Everything that other packages need to know about one vendor is here and nowhere else.
 */
export interface ProviderIdentity {
  /** As written before the `/` of a model, e.g. `openai`. */
  readonly name: string;
  /**
   * The models of this vendor that can be written without a provider, e.g. `/^gpt-/`. If several providers claim a
   * name, the one that was registered first serves it. @defaultValue none
   */
  readonly claims?: RegExp | undefined;
  /** Environment variables for keys and addresses. @defaultValue none */
  readonly environment?: ProviderEnvironment | undefined;
  /** Where deployments without an address are called. @defaultValue not known */
  readonly baseUrl?: string | undefined;
  /** Names of the settings of a deployment that it reads. @defaultValue none */
  readonly settings?: readonly string[] | undefined;
  /** The vendor's name in price catalogs, if it differs. @defaultValue `name` */
  readonly catalogId?: string | undefined;
  /**
   * What the prompt cache costs with this vendor's models where neither the deployment nor the price catalog says so.
   * It is also used for deployments of other providers that serve such a model. @defaultValue the price of input
   */
  readonly cachePricing?: CachePricing | undefined;
  /**
   * How long its prompt cache keeps what, for `affinity`. @defaultValue five minutes, and prompts of at least 1,024
   * tokens
   */
  readonly promptCache?: PromptCacheFacts | undefined;
  /**
   * Its API: `openai` if it can call any server with OpenAI's API at a deployment's address, `own` if the paths, the
   * names of models or the wire format are the vendor's own. @defaultValue not known
   */
  readonly api?: "openai" | "own" | undefined;
  /**
   * Called when a configuration file is read. Deployments that cannot be called are skipped with a warning.
   * @returns why no request to the deployment could succeed, in a sentence that says what to do instead; `undefined` if
   * it can be called. @defaultValue all can be called
   */
  readonly unserved?: ((deployment: WrittenDeployment) => string | undefined) | undefined;
  /**
   * Request fields that a configuration file must not set on a deployment: they are removed with a warning.
   * @defaultValue none
   */
  readonly ignoredFields?: IgnoredFields | undefined;
}
