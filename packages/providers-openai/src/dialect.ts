import type { Secret } from "@modelyard/core";
import type {
  FinishReasons,
  IgnoredFields,
  ModelName,
  ProviderEnvironment,
  ProviderIdentity,
  Refusals,
  Transport,
} from "@modelyard/core/kit";
import type { Environment } from "@modelyard/provider-kit";
import type { AddressForm, HostContinuation } from "./host.js";

export interface OpenAIProviderOptions {
  /**
   * Used by deployments without a key of their own. An empty one is a missing one.
   * @defaultValue the vendor's usual environment variable, e.g. `OPENAI_API_KEY`
   */
  readonly apiKey?: string | Secret | undefined;
  /** Where that variable is looked up. @defaultValue `process.env`, where there is one */
  readonly env?: Environment;
  /** Used by deployments without an `apiBase` of their own. */
  readonly baseUrl?: string;
  /** Azure: used by deployments without an `apiVersion` of their own. @defaultValue `2024-10-21` */
  readonly apiVersion?: string;
  /** What sends. @defaultValue one transport for all providers of the process */
  readonly transport?: Transport;
  /** What the host or its models refuse, beyond what is known of them. */
  readonly refuses?: Refusals;
}

/** What distinguishes one OpenAI-compatible vendor from another. */
export interface Dialect {
  readonly name: string;
  readonly azure: boolean;
  /** Whether it is Microsoft Foundry. @defaultValue false */
  readonly foundry?: boolean | undefined;
  readonly baseUrl: string | undefined;
  readonly keyless: boolean;
  readonly streamUsage: boolean;
  readonly apiPath?: string | undefined;
  readonly addressForms?: readonly AddressForm[] | undefined;
  readonly readModel?: ((written: string) => ModelName) | undefined;
  readonly finishReasons?: FinishReasons | undefined;
  readonly continuation?: HostContinuation | undefined;
  readonly claims?: RegExp | undefined;
  readonly environment?: ProviderEnvironment | undefined;
  readonly catalogId?: string | undefined;
  /** @defaultValue `openai` */
  readonly api?: ProviderIdentity["api"];
  readonly unserved?: ProviderIdentity["unserved"];
  readonly ignoredFields?: IgnoredFields | undefined;
}
