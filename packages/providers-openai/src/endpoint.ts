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

const defaultBaseUrl = "https://api.openai.com/v1";

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

/** The base with a path added; what it has of a query stays. */
function joined(base: string, path: string): URL {
  const url = new URL(base);
  url.pathname = url.pathname.replace(/\/+$/u, "") + path;
  return url;
}

function azureUrl(base: string, path: string, model: string, apiVersion: string): URL {
  const url = joined(azureBase(base), `/deployments/${encodeURIComponent(model)}${path}`);
  url.searchParams.set("api-version", apiVersion);
  return url;
}

/** Keys and headers that come from files often end in a line break, which no header may hold. */
function ownHeaders(deployment: Deployment): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(deployment.connection.headers))
    headers[name.toLowerCase()] = value.reveal().trim();
  return headers;
}

/**
 * The address and headers of a deployment, worked out once for each operation, by the rules that OpenAI's own SDK has for
 * them (a test compares the two). The SDK is not asked itself: it and the platform's `Headers` would take the first call
 * a third of a second, and the process 25 MB. Nothing is read from the environment.
 */
export function compileEndpoint(
  deployment: Deployment,
  operation: OperationName,
  model: string,
  rules: EndpointRules,
): Endpoint {
  const { path } = operations[operation];
  const base = withPath(rules.baseUrl ?? defaultBaseUrl, rules.apiPath);
  const url =
    rules.azure && !isAzureV1(base)
      ? azureUrl(base, path, model, rules.apiVersion ?? defaultAzureVersion)
      : joined(base, path);
  const apiKey = rules.apiKey?.reveal().trim() ?? "";
  const { organization } = deployment.connection;
  const headers = {
    accept: "application/json",
    // Without it any compression may come.
    "accept-encoding": "identity",
    "content-type": "application/json",
    "user-agent": "modelyard",
    ...(apiKey === "" ? {} : rules.azure ? { "api-key": apiKey } : { authorization: `Bearer ${apiKey}` }),
    ...(organization === undefined ? {} : { "openai-organization": organization }),
    ...ownHeaders(deployment),
  };
  return { origin: url.origin, path: url.pathname + url.search, headers };
}
