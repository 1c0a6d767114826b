import { type CallOptions, type Deployment, type RouterError, Secret } from "@modelyard/core";
import { addressNotPublic, createError, keyProblem, TransportError } from "@modelyard/core/kit";
import { type ClientAddress, covers, namesHost, notPublic, readAddress } from "./client-address.js";

type ClientAuth = NonNullable<CallOptions["clientAuth"]>;

/**
 * The deployment with the client's key and address in place of its own. No secret of ours is sent to a client's
 * address, and the address must be public unless the deployment's settings name its host.
 * @throws `bad_request` that names the field that is not allowed
 */
export function clientDeployment({ clientAuth }: CallOptions, deployment: Deployment): Deployment {
  if (clientAuth === undefined) return deployment;
  const { refusal, address, named } = checkAuth(clientAuth, deployment);
  if (refusal !== undefined) throw refusal;
  const { apiKey } = clientAuth;
  const { connection } = deployment;
  const moved = address !== undefined;
  return {
    ...deployment,
    connection: {
      apiKey: apiKey === undefined ? (moved ? new Secret("") : connection.apiKey) : new Secret(apiKey),
      baseUrl: address?.text ?? connection.baseUrl,
      apiVersion: connection.apiVersion,
      organization: moved ? undefined : connection.organization,
      headers: moved ? {} : connection.headers,
      ...(moved && named !== true ? { publicOnly: true } : {}),
    },
  };
}

/** Why a deployment does not accept the client's key or address, or `undefined` if it does. */
export function clientRefusal(clientAuth: ClientAuth, deployment: Deployment): RouterError | undefined {
  return checkAuth(clientAuth, deployment).refusal;
}

/** The result of checking a client's key and address against a deployment's settings. */
interface CheckedAuth {
  readonly refusal?: RouterError;
  readonly address?: ClientAddress;
  /** Whether the operator's settings name the host of the address. */
  readonly named?: boolean;
}

function checkAuth({ apiKey, apiBase }: ClientAuth, deployment: Deployment): CheckedAuth {
  if (apiKey !== undefined) {
    if (!deployment.clientSideAuthParams.includes("api_key")) return { refusal: notAllowed("api_key", deployment) };
    const problem = keyProblem(apiKey);
    if (problem !== undefined) return { refusal: badRequest("api_key", `api_key: ${problem} Send the key as it is.`) };
  }
  return apiBase === undefined ? {} : checkAddress(apiBase, deployment);
}

function checkAddress(apiBase: string, deployment: Deployment): CheckedAuth {
  const allowed = deployment.clientSideAuthParams;
  if (!allowed.some((entry) => entry === "api_base" || typeof entry === "object"))
    return { refusal: notAllowed("api_base", deployment) };
  const address = readAddress(apiBase);
  if (typeof address === "string") return { refusal: badRequest("api_base", `api_base ${address}.`) };
  const patterns = allowed.filter((entry) => typeof entry === "object" && covers(entry, address));
  if (patterns.length === 0 && !allowed.includes("api_base")) return { refusal: notAllowed("api_base", deployment) };
  if (patterns.some((pattern) => typeof pattern === "object" && namesHost(pattern, address)))
    return { address, named: true };
  const problem = notPublic(address);
  return problem === undefined ? { address } : { refusal: badRequest("api_base", mustBeNamed(problem)) };
}

function mustBeNamed(problem: string): string {
  const setting = "configurable_clientside_auth_params: [{ api_base: PATTERN }]";
  return `api_base ${problem}. Such an address must be allowed, with its host, in ${setting}.`;
}

/**
 * Converts a failure that occurred because a public name resolved to a private address, which is the client's mistake
 * or an attack. Returns `undefined` for any other failure.
 */
export function privateAddressError({ cause }: RouterError): RouterError | undefined {
  return cause instanceof TransportError && cause.code === addressNotPublic
    ? badRequest("api_base", mustBeNamed("resolves to a private address"), cause)
    : undefined;
}

function notAllowed(field: string, deployment: Deployment): RouterError {
  return badRequest(
    field,
    `${field} may not be set by clients for "${deployment.group}". Omit it, or allow it in configurable_clientside_auth_params.`,
  );
}

function badRequest(param: string, message: string, cause?: Error): RouterError {
  return createError({ kind: "bad_request", param, message, ...(cause === undefined ? {} : { cause }) });
}
