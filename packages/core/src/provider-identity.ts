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
}
