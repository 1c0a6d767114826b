import type { Deployment, OperationName, Secret } from "@modelyard/core";
import { operations } from "@modelyard/core/kit";
import { configuredHeaders, type Endpoint } from "@modelyard/provider-kit";
import { apiBase, joined, readAzureAddress, readAzureVersion } from "./address.js";
import type { AddressForm } from "./host.js";

/** How a deployment is reached. */
export interface EndpointRules {
  /** `openai`: deployments of Azure OpenAI; `foundry`: models of Microsoft Foundry, formerly Azure AI. */
  readonly azure: "openai" | "foundry" | undefined;
  /** The path of the API, for addresses without a path. */
  readonly apiPath: string | undefined;
  /** Other forms of an address, and what they stand for. */
  readonly addressForms: readonly AddressForm[] | undefined;
  readonly baseUrl: string | undefined;
  readonly apiKey: Secret | undefined;
  readonly apiVersion: string | undefined;
}

/** The newest generally available version, used if none is configured. Source: Azure OpenAI, "API version lifecycle". */
export const defaultAzureVersion = "2024-10-21";
/** Source: Microsoft Foundry, "Model Inference API". */
const defaultFoundryVersion = "2024-05-01-preview";

const defaultBaseUrl = "https://api.openai.com/v1";

/** Versions that mean Azure's newer API, which has no version. Source: Azure OpenAI, "API version lifecycle". */
const versionsOfV1 = new Set(["v1", "latest", "preview"]);

/** Azure understands `stream_options` from this version on. Source: Azure OpenAI, "What's new", 2024-09. */
const azureStreamUsage = "2024-09-01";

/** Whether streams of an Azure deployment report their usage on request. */
export function azureReportsUsage(baseUrl: string | undefined, configured: string | undefined): boolean {
  const address = baseUrl === undefined ? undefined : readAzureAddress(baseUrl);
  const version = readAzureVersion(configured) ?? address?.apiVersion ?? defaultAzureVersion;
  return address?.isV1 === true || versionsOfV1.has(version) || version >= azureStreamUsage;
}

/**
 * Azure serves Responses without a deployment in the path, from this version on; older ones mean its newer API. Sources: Azure
 * OpenAI, "API version lifecycle" and "Responses API".
 */
const azureResponses = "2025-03-01";

/** Whether it is the path of Responses, or one below it. */
function isOfResponses(path: string): boolean {
  const { path: responses } = operations.responses;
  return path === responses || path.startsWith(`${responses}/`);
}

function azureUrl(written: string, path: string, model: string, configured: string | undefined): URL {
  const { resource, isV1, deployment, apiVersion } = readAzureAddress(written);
  const version = configured ?? apiVersion;
  if (isOfResponses(path)) {
    const dated = !isV1 && version !== undefined && version >= azureResponses && !versionsOfV1.has(version);
    const url = joined(resource, `/openai${dated ? "" : "/v1"}${path}`);
    if (dated || version === "preview") url.searchParams.set("api-version", version);
    return url;
  }
  if (isV1 || (deployment === undefined && version !== undefined && versionsOfV1.has(version))) {
    const url = joined(resource, `/openai/v1${path}`);
    if (version === "preview") url.searchParams.set("api-version", version);
    return url;
  }
  const url = joined(resource, `/openai/deployments/${encodeURIComponent(deployment ?? model)}${path}`);
  url.searchParams.set("api-version", version ?? defaultAzureVersion);
  return url;
}

/** Microsoft's hosts whose models are called like Azure OpenAI deployments. */
const azureOpenAIHost = /\.(?:openai|cognitiveservices)\.azure\.com$/u;

/** The address of a model in Microsoft Foundry, and whether its key is sent in the header `api-key`. */
function foundryUrl(
  written: string,
  path: string,
  model: string,
  configured: string | undefined,
): { readonly url: URL; readonly keyHeader: boolean } {
  const { hostname, pathname } = new URL(written);
  if (azureOpenAIHost.test(hostname) || /\/openai(?:\/|$)/u.test(pathname))
    return { url: azureUrl(written, path, model, configured), keyHeader: true };
  const { resource, apiVersion } = readAzureAddress(written);
  const isResource = hostname.endsWith(".services.ai.azure.com");
  if (isResource && isOfResponses(path)) return { url: azureUrl(written, path, model, configured), keyHeader: true };
  const url = isResource ? joined(resource, `/models${path}`) : joined(apiBase(written, undefined), path);
  const version = configured ?? apiVersion ?? (isResource ? defaultFoundryVersion : undefined);
  if (version !== undefined) url.searchParams.set("api-version", version);
  return { url, keyHeader: isResource };
}

function urlOf(rules: EndpointRules, path: string, model: string): { readonly url: URL; readonly keyHeader: boolean } {
  const written = rules.baseUrl ?? defaultBaseUrl;
  const version = readAzureVersion(rules.apiVersion);
  if (rules.azure === "foundry") return foundryUrl(written, path, model, version);
  if (rules.azure === "openai") return { url: azureUrl(written, path, model, version), keyHeader: true };
  return { url: joined(apiBase(written, rules.apiPath, rules.addressForms), path), keyHeader: false };
}

/**
 * The address and headers of a deployment for one operation, by the rules of OpenAI's own SDK (a test compares the two).
 * The SDK itself is not used: loading it and the platform's `Headers` would make the first call a third of a second slower
 * and take 25 MB. Nothing is read from the environment.
 */
export function compileEndpoint(
  deployment: Deployment,
  operation: OperationName,
  model: string,
  rules: EndpointRules,
): Endpoint {
  const { path } = operations[operation];
  const { url, keyHeader } = urlOf(rules, path, model);
  const apiKey = rules.apiKey?.reveal().trim() ?? "";
  const { organization } = deployment.connection;
  const headers = {
    accept: "application/json",
    // Without it, the host may use any compression.
    "accept-encoding": "identity",
    "content-type": "application/json",
    "user-agent": "modelyard",
    ...(apiKey === "" ? {} : keyHeader ? { "api-key": apiKey } : { authorization: `Bearer ${apiKey}` }),
    ...(organization === undefined ? {} : { "openai-organization": organization }),
    ...configuredHeaders(deployment),
  };
  return { origin: url.origin, path: url.pathname + url.search, headers };
}
