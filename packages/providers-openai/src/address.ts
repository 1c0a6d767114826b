import type { AddressForm } from "./host.js";

/** An operation's path at the end of an address that was copied whole, from a portal or a curl command. */
const operationPath = /\/(?:chat\/completions|completions|embeddings|responses)\/*$/u;

/** The base with a path added; what it has of a query stays. */
export function joined(base: URL, path: string): URL {
  const url = new URL(base);
  url.pathname = url.pathname.replace(/\/+$/u, "") + path;
  return url;
}

/**
 * The base of an API, as it was meant: without an operation at its end, with the path that a host's API has, and in the
 * form that speaks OpenAI's API where a host has several.
 */
export function apiBase(written: string, apiPath: string | undefined, forms: readonly AddressForm[] = []): URL {
  const url = new URL(written);
  url.hash = "";
  url.pathname = url.pathname.replace(operationPath, "").replace(/\/+$/u, "");
  const plain = url.origin + url.pathname.replace(/\/$/u, "");
  const form = forms.find((candidate) => candidate.written.test(plain));
  if (form !== undefined) return new URL(plain.replace(form.written, form.means) + url.search);
  if (apiPath !== undefined && url.pathname === "/") url.pathname = apiPath;
  return url;
}

/** What an address of Azure says, whatever part of it was copied. */
export interface AzureAddress {
  /** Up to `/openai`, which is not part of it. */
  readonly resource: URL;
  /** Azure's newer API has no version, and takes the deployment in the body. */
  readonly isV1: boolean;
  /** The deployment that the path names. */
  readonly deployment: string | undefined;
  /** The version that the query names. */
  readonly apiVersion: string | undefined;
}

/** Source: Azure OpenAI, "REST API reference" and "API version lifecycle"; Microsoft Foundry, "Endpoints". */
export function readAzureAddress(written: string): AzureAddress {
  const base = apiBase(written, undefined);
  const apiVersion = base.searchParams.get("api-version") ?? undefined;
  base.searchParams.delete("api-version");
  const found = /^(?<before>.*?)\/openai(?<after>\/.*)?$/u.exec(base.pathname)?.groups;
  const after = found?.["after"] ?? "";
  const deployment = /^\/deployments\/(?<name>[^/]+)/u.exec(after)?.groups?.["name"];
  const resource = new URL(base);
  // Other APIs of the same resource: OpenAI's stands beside them.
  resource.pathname = (found?.["before"] ?? base.pathname).replace(/^\/(?:models|api\/projects\/[^/]+)\/*$/u, "");
  return {
    resource,
    isV1: /^\/v1(?:\/|$)/u.test(after),
    deployment: deployment === undefined ? undefined : decoded(deployment),
    apiVersion,
  };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** A version as it was meant: users copy it with the name of its parameter. */
export function readAzureVersion(written: string | undefined): string | undefined {
  const version = written?.trim().replace(/^[?&]?api-version=/iu, "");
  return version === "" ? undefined : version;
}
