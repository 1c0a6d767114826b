import {
  type Callback,
  didYouMean,
  invalidOption,
  type Logger,
  type ModelCatalogue,
  type Provider,
  Secret,
} from "@modelyard/core";
import type { Environment, ProviderVariables } from "@modelyard/config-yaml";
import { anthropic } from "@modelyard/providers-anthropic";
import { azure, hosts, openai, openaiCompatible } from "@modelyard/providers-openai";
import { inferProvider } from "@modelyard/router";

/** Every provider that comes along. */
export function builtInProviders(): readonly Provider[] {
  return [openai(), azure(), anthropic(), ...hosts.map((host) => openaiCompatible({ name: host.name }))];
}

/** Where LiteLLM's users keep what is not in the file. Source: LiteLLM's provider pages. */
const variables: Readonly<Record<string, ProviderVariables>> = {
  openai: {
    apiKey: ["OPENAI_API_KEY"],
    apiBase: ["OPENAI_BASE_URL", "OPENAI_API_BASE"],
    organization: ["OPENAI_ORGANIZATION"],
  },
  azure: {
    apiKey: ["AZURE_OPENAI_API_KEY", "AZURE_API_KEY"],
    apiBase: ["AZURE_API_BASE"],
    apiVersion: ["AZURE_API_VERSION"],
  },
  anthropic: { apiKey: ["ANTHROPIC_API_KEY"], apiBase: ["ANTHROPIC_API_BASE", "ANTHROPIC_BASE_URL"] },
  ...Object.fromEntries(
    hosts.map((host) => [
      host.name,
      {
        apiKey: host.keyVariable === undefined ? [] : [host.keyVariable],
        apiBase: [`${host.name.toUpperCase()}_API_BASE`],
      },
    ]),
  ),
};

/** The environment variables of a model's provider; `undefined` when nobody can tell whose it is. */
export function variablesOf(
  providers: readonly Provider[],
): (model: string, provider: string | undefined) => ProviderVariables | undefined {
  const registered = new Map(providers.map((provider) => [provider.name, provider]));
  return (model, explicit) => {
    try {
      return variables[inferProvider(model, explicit, registered, "model").provider];
    } catch {
      // Told with its place when the router is built.
      return undefined;
    }
  };
}

export interface CallbackContext {
  readonly environment: Environment;
  readonly on: readonly ("success" | "failure")[];
  readonly logger: Logger;
}

function needed(environment: Environment, name: string, callback: string): Secret {
  const value = environment[name];
  if (value !== undefined && value !== "") return new Secret(value);
  throw invalidOption(
    `callbacks.${callback}`,
    `the environment variable ${name} is not set.`,
    "Set it, or take the callback out.",
  );
}

type MakeCallback = (context: CallbackContext) => Promise<Callback>;

/** Loaded when they are asked for: the vendors' SDKs are large. */
const callbacks: Readonly<Record<string, MakeCallback>> = {
  prometheus: async () => (await import("@modelyard/callbacks-prometheus")).prometheusCallback(),
  langfuse: async ({ environment, on }) => {
    const publicKey = needed(environment, "LANGFUSE_PUBLIC_KEY", "langfuse");
    const secretKey = needed(environment, "LANGFUSE_SECRET_KEY", "langfuse");
    const baseUrl = environment["LANGFUSE_HOST"] ?? environment["LANGFUSE_BASE_URL"];
    const { langfuseCallback } = await import("@modelyard/callbacks-langfuse");
    return langfuseCallback({ publicKey, secretKey, on, ...(baseUrl === undefined ? {} : { baseUrl }) });
  },
  sentry: async ({ environment }) => {
    const dsn = needed(environment, "SENTRY_DSN", "sentry");
    const { sentryCallback } = await import("@modelyard/callbacks-sentry");
    const stage = environment["SENTRY_ENVIRONMENT"];
    return sentryCallback({ dsn, ...(stage === undefined ? {} : { environment: stage }) });
  },
  otel: async ({ environment }) => {
    needed(environment, "OTEL_EXPORTER_OTLP_ENDPOINT", "otel");
    const { otelCallback } = await import("@modelyard/callbacks-otel");
    return otelCallback();
  },
};

/** Names that a file may give in `callbacks`, `success_callback` and `failure_callback`. */
export const callbackNames: readonly string[] = Object.keys(callbacks);

/** A callback by LiteLLM's name. @throws `invalid_option` for an unknown name or an unset variable */
export async function createCallback(name: string, context: CallbackContext): Promise<Callback> {
  const make = Object.hasOwn(callbacks, name) ? callbacks[name] : undefined;
  if (make !== undefined) return make(context);
  throw invalidOption(
    "callbacks",
    `there is no callback "${name}".${didYouMean(name, callbackNames)}`,
    `Known: ${callbackNames.join(", ")}.`,
  );
}

export type { ModelCatalogue };
