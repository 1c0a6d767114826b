import type { Continuation, IgnoredFields, ModelName, ProviderIdentity } from "@modelyard/core/kit";

/** A form in which an address is written, and the address of the API that speaks OpenAI's wire format. */
export interface AddressForm {
  /** Tested on the address without a query. */
  readonly written: RegExp;
  /** What takes its place, as in `String.replace`. */
  readonly means: string;
}

/** How a host is asked to continue an answer whose beginning is the last message of the assistant. */
export interface HostContinuation extends Continuation {
  /** The address at which it does so, where that is not the usual one. Not used where users name an address of their own. */
  readonly baseUrl?: string;
  /** Models that do. @defaultValue all */
  readonly models?: RegExp;
}

/** What the router must know of a host that speaks OpenAI's API. Data only. */
export interface Host {
  /** As written before the `/` of a model. */
  readonly name: string;
  /** Not set: the user must give it. */
  readonly baseUrl: string | undefined;
  /** Environment variable that holds the key. */
  readonly keyVariable: string | undefined;
  /** Other variables that users keep the key in, in the order in which they are asked. @defaultValue none */
  readonly otherKeyVariables?: readonly string[];
  /** Environment variable that holds the address. @defaultValue the name in capitals, and `_API_BASE` */
  readonly baseVariable?: string;
  /** The address, where a part of it is the user's own: `{NAME}` stands for an environment variable. */
  readonly baseTemplate?: string;
  /** Whether calls without a key make sense. @defaultValue false */
  readonly keyless?: boolean;
  /** Whether it understands `stream_options.include_usage`. @defaultValue true */
  readonly streamUsage?: boolean;
  /** Where its API is when an address says nothing of a path, as LiteLLM's users write it, e.g. `/v1`. @defaultValue none */
  readonly apiPath?: string;
  /** Addresses of the same host's other APIs, which users write here as well. @defaultValue none */
  readonly addressForms?: readonly AddressForm[];
  /** Whether it is Microsoft Foundry, whose addresses and keys follow rules of their own. @defaultValue false */
  readonly foundry?: boolean;
  /** How it is asked to continue an answer from its beginning. @defaultValue it is not known to */
  readonly continuation?: HostContinuation;
  /** Models that are the vendor's when they are written without a provider. @defaultValue none */
  readonly claims?: RegExp;
  /** The vendor's name in price catalogs. @defaultValue `name` */
  readonly catalogId?: string;
  /** Reads names of models that are not what is sent. @defaultValue names are sent as they are */
  readonly readModel?: (written: string) => ModelName;
  /** @defaultValue `openai` */
  readonly api?: NonNullable<ProviderIdentity["api"]>;
  /** What it does not serve here, besides what no host does. @defaultValue nothing */
  readonly unserved?: NonNullable<ProviderIdentity["unserved"]>;
  /** Request fields that it ignores without an error. @defaultValue none */
  readonly ignoredFields?: IgnoredFields;
}
