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
}
