import type { OperationName } from "./operations.js";

/** Environment variables in which users keep what a configuration omits. Each list is read in order; the first that is set counts. */
export interface ProviderEnvironment {
  readonly apiKey?: readonly string[];
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

/** What a configuration file says of a deployment, as far as it decides whether the deployment can be called at all. */
export interface WrittenDeployment {
  /** Without the provider before it. */
  readonly model: string;
  readonly apiBase?: string | undefined;
  readonly hasKey: boolean;
  /** Names of the settings that only the vendor's provider understands. */
  readonly settings: readonly string[];
  /** What the model is for, where the file says so. */
  readonly operation?: OperationName | undefined;
}

/** Request fields that a vendor ignores without an error. */
export interface IgnoredFields {
  readonly names: readonly string[];
  /** Why they are not sent, and what to do instead, in sentences. @param fields - those of `names` that a deployment sets */
  readonly reason: (fields: readonly string[]) => string;
}

/** Who a provider is. What other packages need to know of one vendor is said here, by its provider, and nowhere else. */
export interface ProviderIdentity {
  /** As written before the `/` of a model, e.g. `openai`. */
  readonly name: string;
  /**
   * Models that are this vendor's when they are written without a provider, e.g. `/^gpt-/`. Of several providers that
   * claim a name, the one that is registered first serves it. @defaultValue none
   */
  readonly claims?: RegExp | undefined;
  /** Where its users keep keys and addresses. @defaultValue nowhere */
  readonly environment?: ProviderEnvironment | undefined;
  /** Names of the settings of a deployment that it reads. @defaultValue none */
  readonly settings?: readonly string[] | undefined;
  /** The vendor's name in price catalogs, where it is another one. @defaultValue `name` */
  readonly catalogId?: string | undefined;
  /**
   * What the prompt cache costs with this vendor's models where neither the deployment nor the price catalog says so. It is
   * also used for deployments of other providers that serve such a model. @defaultValue the price of input
   */
  readonly cachePricing?: CachePricing | undefined;
  /**
   * Which API it speaks: `openai` where it can call whatever serves OpenAI's API at a deployment's address, `own` where
   * paths, names of models or the wire format are the vendor's own. @defaultValue not known
   */
  readonly api?: "openai" | "own" | undefined;
  /**
   * Why no request to a deployment could succeed, in a sentence that says what to do instead; `undefined`: it can be called.
   * Asked when a configuration file is read, which then skips the deployment with a warning. @defaultValue all can be called
   */
  readonly unserved?: ((deployment: WrittenDeployment) => string | undefined) | undefined;
  /** Request fields that a configuration file must not set on a deployment: they are removed with a warning. @defaultValue none */
  readonly ignoredFields?: IgnoredFields | undefined;
}
