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
   * For deployments without their own key. An empty one counts as missing.
   * @defaultValue the vendor's usual environment variable, e.g. `OPENAI_API_KEY`
   */
  readonly apiKey?: string | Secret | undefined;
  /** Where that variable is looked up. @defaultValue `process.env`, if the platform has it */
  readonly env?: Environment;
  /** For deployments without their own `apiBase`. */
  readonly baseUrl?: string;
  /** Azure only: for deployments without their own `apiVersion`. @defaultValue `2024-10-21` */
  readonly apiVersion?: string;
  /** Sends the requests. @defaultValue one transport for all providers of the process */
  readonly transport?: Transport;
  /** What the host or its models refuse, in addition to what is known about them. */
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
  /** Whether it serves the Responses API. @defaultValue false */
  readonly responses?: boolean | undefined;
  /** Whether it compacts conversations and counts their tokens, below the path of Responses. @defaultValue false */
  readonly compacts?: boolean | undefined;
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
