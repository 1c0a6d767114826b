import type { ProviderIdentity } from "@modelyard/core/kit";

interface HostOfAnotherApi {
  readonly host: RegExp;
  /** Matches the paths of its OpenAI-compatible API. */
  readonly openaiPath: RegExp;
  /** Whose API it is, and what to write instead. */
  readonly reason: string;
}

/** Clouds whose own APIs Modelyard does not support. */
const hosts: readonly HostOfAnotherApi[] = [
  {
    // Source: Google Cloud, "OpenAI compatibility" of Vertex AI.
    host: /^(?:[a-z\d-]+-)?aiplatform\.googleapis\.com$/u,
    openaiPath: /\/endpoints\//u,
    reason:
      "its api_base is Vertex AI's, whose own API Modelyard does not support. For a key of Google AI Studio write gemini/NAME without api_base; " +
      "for Vertex AI write openai/google/NAME, an api_base that ends in /endpoints/openapi, and an access token as api_key.",
  },
  {
    // Source: Amazon Bedrock, "OpenAI Chat Completions API".
    host: /^bedrock-runtime(?:-fips)?\.[a-z\d-]+\.(?:amazonaws\.com(?:\.cn)?|api\.aws)$/u,
    openaiPath: /\/openai(?:\/|$)/u,
    reason:
      "its api_base is Amazon Bedrock's, whose own API Modelyard does not support. For its OpenAI-compatible API write openai/NAME, " +
      "an api_base that ends in /openai/v1, and a Bedrock API key.",
  },
];

/** Why a provider of the wire `api` cannot call an address, or `undefined` if it may try. */
export function foreignAddress(api: ProviderIdentity["api"], address: string | undefined): string | undefined {
  if (api === undefined || address === undefined || !URL.canParse(address)) return undefined;
  const { hostname, pathname } = new URL(address);
  const found = hosts.find(({ host }) => host.test(hostname));
  return found === undefined || (api === "openai" && found.openaiPath.test(pathname)) ? undefined : found.reason;
}
