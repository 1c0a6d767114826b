import type { SharedV4ProviderOptions } from "@ai-sdk/provider";
import type { CallOptions } from "@modelyard/core";
import { forwardedHeadersProblem, mayForward } from "@modelyard/core/kit";

interface SdkOptions {
  readonly abortSignal?: AbortSignal | undefined;
  readonly headers?: Readonly<Record<string, string | undefined>> | undefined;
  readonly providerOptions?: SharedV4ProviderOptions | undefined;
}

/** The options of a router's call that are options of a part, not of the call. */
const ofParts: ReadonlySet<string> = new Set(["cacheControl"]);

/**
 * The options for the router: those in `providerOptions.modelyard`, under the names that calls of a router have. What a
 * deployment does not support is dropped with a warning, as by the SDK's own providers, unless `dropParams` says otherwise.
 * @param betas - of Anthropic, which the call needs
 */
export function callOptions(
  { abortSignal, headers, providerOptions }: SdkOptions,
  betas: readonly string[] = [],
): CallOptions {
  const own = Object.entries(providerOptions?.["modelyard"] ?? {}).filter(([key]) => !ofParts.has(key));
  const forwardHeaders = withBetas(forwardable(headers ?? {}), betas);
  return {
    dropParams: true,
    ...(Object.fromEntries(own) as CallOptions),
    ...(abortSignal === undefined ? {} : { signal: abortSignal }),
    ...(Object.keys(forwardHeaders).length === 0 ? {} : { forwardHeaders }),
  };
}

/** Headers that may go to a vendor with the wire of the request. The SDK's name for itself is not one of them. */
function forwardable(headers: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string>> {
  const kept = Object.entries(headers).flatMap(([key, value]) => {
    const name = key.toLowerCase();
    const sent = value !== undefined && name !== "user-agent" && mayForward(name);
    return sent && forwardedHeadersProblem({ [name]: value }) === undefined ? [[name, value] as const] : [];
  });
  return Object.fromEntries(kept);
}

function withBetas(
  headers: Readonly<Record<string, string>>,
  betas: readonly string[],
): Readonly<Record<string, string>> {
  if (betas.length === 0) return headers;
  const { "anthropic-beta": own } = headers;
  return { ...headers, "anthropic-beta": [...(own === undefined ? [] : [own]), ...betas].join(",") };
}
