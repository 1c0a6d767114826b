import type { Continuation, IgnoredFields, ModelName, ProviderIdentity } from "@modelyard/core/kit";

/** A form in which users write an address, and the address of the OpenAI-compatible API that it stands for. */
export interface AddressForm {
  /** Tested against the address without its query. */
  readonly written: RegExp;
  /** The replacement, as in `String.replace`. */
  readonly means: string;
}

/** How a host is asked to continue an answer whose beginning is the last message. */
export interface HostContinuation extends Continuation {
  /** The address at which it does so, if that is not the usual one. Not used if the user sets an address. */
  readonly baseUrl?: string;
  /** The models that can. @defaultValue all */
  readonly models?: RegExp;
}

/** What the router must know about a host with an OpenAI-compatible API. Data only. */
export interface Host {
  /** The name before the `/` of a model. */
  readonly name: string;
  /** Not set: users must set it. */
  readonly baseUrl: string | undefined;
  /** The environment variable for the key. */
  readonly keyVariable: string | undefined;
  /** Other variables for the key, in the order in which they are read. @defaultValue none */
  readonly otherKeyVariables?: readonly string[];
  /** The environment variable for the address. @defaultValue the name in capitals, followed by `_API_BASE` */
  readonly baseVariable?: string;
  /** An address with parts that differ between users: `{NAME}` stands for an environment variable. */
  readonly baseTemplate?: string;
  /** Whether it can be called without a key. @defaultValue false */
  readonly keyless?: boolean;
  /** Whether it understands `stream_options.include_usage`. @defaultValue true */
  readonly streamUsage?: boolean;
  /** Whether it serves the Responses API. @defaultValue false */
  readonly responses?: boolean;
  /** The path of its API, added to addresses without one, as LiteLLM's users write them, e.g. `/v1`. @defaultValue none */
  readonly apiPath?: string;
  /** The addresses of the host's other APIs, which users write here as well. @defaultValue none */
  readonly addressForms?: readonly AddressForm[];
  /** Whether it is Microsoft Foundry, which has its own rules for addresses and keys. @defaultValue false */
  readonly foundry?: boolean;
  /** How it is asked to continue an answer from its beginning. @defaultValue it is not known to do so */
  readonly continuation?: HostContinuation;
  /** Bare model names, without a provider, that belong to the vendor. @defaultValue none */
  readonly claims?: RegExp;
  /** The vendor's name in price catalogs. @defaultValue `name` */
  readonly catalogId?: string;
  /** Reads the vendor's own notation of model names. @defaultValue names are sent as they are */
  readonly readModel?: (written: string) => ModelName;
  /** @defaultValue `openai` */
  readonly api?: NonNullable<ProviderIdentity["api"]>;
  /** What it does not serve here, besides what no host does. @defaultValue nothing */
  readonly unserved?: NonNullable<ProviderIdentity["unserved"]>;
  /** Request fields that it ignores without an error. @defaultValue none */
  readonly ignoredFields?: IgnoredFields;
}
