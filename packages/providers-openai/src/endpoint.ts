import type { Deployment, OperationName, Secret } from "@modelyard/core";
import { operations } from "@modelyard/core";

/** Where one deployment is reached: everything about a call but its body. */
export interface Endpoint {
  readonly origin: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** How a deployment is reached. */
export interface EndpointRules {
  readonly azure: boolean;
  /** Of the API, for an address without a path. */
  readonly apiPath: string | undefined;
  readonly baseUrl: string | undefined;
  readonly apiKey: Secret | undefined;
  readonly apiVersion: string | undefined;
}

/** Used where nobody says; the newest generally available version. Source: Azure OpenAI, "API version lifecycle". */
export const defaultAzureVersion = "2024-10-21";

/** Headers that tell of the SDK's own retries and timeouts, which are not used. */
const telling = /^x-stainless-/u;

function splitUrl(url: string): { readonly origin: string; readonly path: string } {
  const parsed = new URL(url);
  return { origin: parsed.origin, path: parsed.pathname + parsed.search };
}

function withPath(baseUrl: string, apiPath: string | undefined): string {
  const base = baseUrl.replace(/\/+$/u, "");
  return apiPath !== undefined && new URL(base).pathname === "/" ? base + apiPath : base;
}

/** The resource's address, whatever part of the path was written along. */
function azureBase(baseUrl: string): string {
  const cut = baseUrl.search(/\/openai(?:\/|$)/u);
  return `${cut === -1 ? baseUrl : baseUrl.slice(0, cut)}/openai`;
}

/** Azure's newer API has the version in the path and takes the deployment in the body. */
function isAzureV1(baseUrl: string): boolean {
  return baseUrl.endsWith("/openai/v1");
}

/**
 * The address and headers of a deployment, by the SDK's own rules for URLs and keys. Made once per deployment and
 * operation; the SDK is loaded the first time.
 */
export async function compileEndpoint(
  deployment: Deployment,
  operation: OperationName,
  model: string,
  rules: EndpointRules,
): Promise<Endpoint> {
  const { OpenAI, AzureOpenAI } = await import("openai");
  const apiKey = rules.apiKey?.reveal() ?? "";
  const extra = Object.fromEntries(
    Object.entries(deployment.connection.headers).map(([name, value]) => [name, value.reveal()]),
  );
  // `maxRetries: 0`: the router's is the only retry loop; the SDK never sends anything here anyway.
  const common = {
    apiKey: apiKey === "" ? "none" : apiKey,
    maxRetries: 0,
    dangerouslyAllowBrowser: true,
    organization: deployment.connection.organization ?? null,
    project: null,
  };
  const base = withPath(rules.baseUrl ?? "https://api.openai.com/v1", rules.apiPath);
  const classic = rules.azure && !isAzureV1(base);
  const client = classic
    ? new AzureOpenAI({ ...common, baseURL: azureBase(base), apiVersion: rules.apiVersion ?? defaultAzureVersion })
    : new OpenAI({ ...common, baseURL: base });
  const { url, req } = await client.buildRequest({ method: "post", path: operations[operation].path, body: { model } });
  const headers: Record<string, string> = {};
  for (const [name, value] of req.headers as Headers)
    if (!telling.test(name) && value !== "null") headers[name] = value;
  if (rules.azure && !classic) {
    delete headers["authorization"];
    headers["api-key"] = apiKey;
  }
  if (apiKey === "") {
    delete headers["authorization"];
    delete headers["api-key"];
  }
  // Without it any compression may come.
  return { ...splitUrl(url), headers: { ...headers, "accept-encoding": "identity", ...extra } };
}
