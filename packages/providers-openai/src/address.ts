import type { AddressForm } from "./host.js";

/** An operation's path at the end of an address that was copied whole, from a portal or a curl command. */
const operationPath = /\/(?:chat\/completions|completions|embeddings|responses(?:\/compact|\/input_tokens)?)\/*$/u;

/** The base with a path added. The base's query is kept. */
export function joined(base: URL, path: string): URL {
  const url = new URL(base);
  url.pathname = url.pathname.replace(/\/+$/u, "") + path;
  return url;
}

/**
 * The intended base of an API: without an operation's path at its end, with the path of the host's API, and, if a host has
 * several APIs, the address of the one that is compatible with OpenAI's.
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

/** The parts of an Azure address, however much of it was copied. */
export interface AzureAddress {
  /** Up to `/openai`, which is not part of it. */
  readonly resource: URL;
  /** Whether it is Azure's newer API, which has no version and reads the deployment from the body. */
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
  // Paths of other APIs of the same resource.
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

/** The version, without the name of its query parameter, which users often copy with it. */
export function readAzureVersion(written: string | undefined): string | undefined {
  const version = written?.trim().replace(/^[?&]?api-version=/iu, "");
  return version === "" ? undefined : version;
}
