import type { Deployment, Secret } from "@modelyard/core";
import { configuredHeaders, type Endpoint as HttpEndpoint } from "@modelyard/provider-kit";

/** Where a deployment is called, and with which version of the API. */
export interface Endpoint extends HttpEndpoint {
  readonly apiVersion: string;
}

export interface EndpointRules {
  readonly apiKey: Secret | undefined;
  readonly baseUrl: string | undefined;
  readonly apiVersion: string | undefined;
}

/**
 * The API version that is requested if none is configured. It is not the SDK's version, since from 2026-10-21 on Anthropic
 * refuses sampling parameters for every model, and other hosts of this API know only this version.
 */
export const defaultApiVersion = "2023-06-01";

export const defaultBaseUrl = "https://api.anthropic.com";

/** Tokens from an OAuth login. All other keys are sent in `x-api-key`. */
const oauthToken = /^sk-ant-oat/u;

/** A base URL with or without `/v1`, `/v1/messages` or slashes at its end. */
export function messagesUrl(baseUrl: string | undefined): URL {
  const url = new URL(baseUrl ?? defaultBaseUrl);
  const base = url.pathname.replace(/\/+$/u, "").replace(/(?:\/v1)?(?:\/messages)?$/u, "");
  url.pathname = `${base}/v1/messages`;
  return url;
}

/** The names of beta features in a deployment's `anthropic_beta`: a list, or a string with commas. */
export function betasOf(deployment: Deployment): readonly string[] {
  const given = deployment.settings["anthropic_beta"];
  const list: readonly unknown[] = Array.isArray(given) ? given : typeof given === "string" ? given.split(",") : [];
  return list.filter((beta) => typeof beta === "string").flatMap((beta) => (beta.trim() === "" ? [] : [beta.trim()]));
}

/** Whether the configured headers contain credentials. */
export function hasOwnAuth(headers: Readonly<Record<string, string>>): boolean {
  return headers["x-api-key"] !== undefined || headers["authorization"] !== undefined;
}

function auth(key: string, own: Readonly<Record<string, string>>): Record<string, string> {
  // If both headers are sent, Anthropic reads only `x-api-key`, which must not replace configured credentials.
  if (key === "" || hasOwnAuth(own)) return {};
  return oauthToken.test(key) ? { authorization: `Bearer ${key}` } : { "x-api-key": key };
}

/**
 * The address and headers of a deployment. Nothing is read from the environment.
 * @param below - what follows the path of Messages
 * @throws if the base URL is invalid
 */
export function compileEndpoint(deployment: Deployment, rules: EndpointRules, below = ""): Endpoint {
  const url = messagesUrl(deployment.connection.baseUrl ?? rules.baseUrl);
  const own = configuredHeaders(deployment);
  const apiVersion =
    own["anthropic-version"] ?? deployment.connection.apiVersion ?? rules.apiVersion ?? defaultApiVersion;
  const betas = [...betasOf(deployment), ...(own["anthropic-beta"] === undefined ? [] : [own["anthropic-beta"]])];
  const headers = {
    accept: "application/json",
    // Without it, the host may use any compression.
    "accept-encoding": "identity",
    "content-type": "application/json",
    "anthropic-version": apiVersion,
    ...auth(rules.apiKey?.reveal().trim() ?? "", own),
    ...own,
    ...(betas.length === 0 ? {} : { "anthropic-beta": betas.join(",") }),
  };
  return { origin: url.origin, path: url.pathname + below + url.search, headers, apiVersion };
}
