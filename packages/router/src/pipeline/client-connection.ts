import { type CallOptions, createError, type Deployment, type RouterError, Secret } from "@modelyard/core";

type ClientAuth = NonNullable<CallOptions["clientAuth"]>;

/**
 * The deployment as this call reaches it. What a client brings along replaces what is ours: with a base URL of the
 * client's, no secret of ours is sent, and no address of our own network is called unless the deployment names it.
 * @throws `bad_request` naming the field that is not allowed
 */
export function reachable({ clientAuth }: CallOptions, deployment: Deployment): Deployment {
  if (clientAuth === undefined) return deployment;
  const refused = clientRefusal(clientAuth, deployment);
  if (refused !== undefined) throw refused;
  const { apiKey, apiBase } = clientAuth;
  const { connection } = deployment;
  const moved = apiBase !== undefined;
  return {
    ...deployment,
    connection: {
      apiKey: apiKey === undefined ? (moved ? new Secret("") : connection.apiKey) : new Secret(apiKey),
      baseUrl: apiBase?.replace(/\/+$/u, "") ?? connection.baseUrl,
      apiVersion: connection.apiVersion,
      organization: moved ? undefined : connection.organization,
      headers: moved ? {} : connection.headers,
    },
  };
}

/** In characters; patterns would take seconds over an address of a hundred thousand. */
const longestAddress = 2_048;

/** Why a deployment does not take the key or the address that a client brings; `undefined`: it does. */
export function clientRefusal({ apiKey, apiBase }: ClientAuth, deployment: Deployment): RouterError | undefined {
  if (apiKey !== undefined && !deployment.clientSideAuthParams.includes("api_key"))
    return notAllowed("api_key", deployment);
  return apiBase === undefined ? undefined : baseRefusal(apiBase, deployment);
}

function baseRefusal(apiBase: string, deployment: Deployment): RouterError | undefined {
  if (apiBase.length > longestAddress)
    return refusal("api_base", `api_base is longer than ${String(longestAddress)} characters.`);
  const allowed = deployment.clientSideAuthParams;
  if (allowed.some((entry) => typeof entry === "object" && wholePattern(entry.apiBase).test(apiBase))) return undefined;
  if (!allowed.includes("api_base")) return notAllowed("api_base", deployment);
  const problem = addressProblem(apiBase);
  if (problem === undefined) return undefined;
  const named = "configurable_clientside_auth_params: [{ api_base: PATTERN }]";
  return refusal("api_base", `api_base ${problem}. Such addresses must be named in ${named}.`);
}

function notAllowed(field: string, deployment: Deployment): RouterError {
  return refusal(
    field,
    `${field} may not be set by clients for "${deployment.group}". Leave it out, or allow it in configurable_clientside_auth_params.`,
  );
}

function refusal(param: string, message: string): RouterError {
  return createError({ kind: "bad_request", param, message });
}

/** A pattern covers the whole address: a beginning that fits says nothing about the host. @throws `SyntaxError` */
export function wholePattern(pattern: string): RegExp {
  return new RegExp(`^(?:${pattern})$`, "u");
}

/**
 * Why a client may not send us there: addresses of this machine, of private networks and of a cloud's metadata, and
 * names that only such networks know. A public name that leads to a private address is not found out: that takes a
 * look-up, which the call would make again with another answer.
 */
function addressProblem(address: string): string | undefined {
  let url: URL;
  try {
    url = new URL(address);
  } catch {
    return "is not a URL";
  }
  if (url.protocol !== "https:" && url.protocol !== "http:") return "is not an http address";
  // The URL's parser writes every form of an IPv4 address (0x7f.1, 2130706433) as four decimals.
  const host = url.hostname.toLowerCase().replace(/\.$/u, "");
  const isOurs = host.startsWith("[") ? !isPublicV6(host.slice(1, -1)) : isPrivateV4(host) || isLocalName(host);
  return isOurs ? "leads into a private network" : undefined;
}

function isLocalName(host: string): boolean {
  return !host.includes(".") || /\.(?:localhost|local|internal|lan|home\.arpa)$/u.test(host);
}

function isPrivateV4(host: string): boolean {
  if (!/^\d+\.\d+\.\d+\.\d+$/u.test(host)) return false;
  const [first = 0, second = 0, third = 0] = host.split(".").map(Number);
  if (first === 0 || first === 10 || first === 127 || first >= 224) return true;
  if (first === 100) return second >= 64 && second < 128;
  if (first === 169) return second === 254;
  if (first === 172) return second >= 16 && second < 32;
  if (first === 192) return second === 168 || (second === 0 && third === 0);
  return first === 198 && (second === 18 || second === 19);
}

/** Global unicast only, without the two ranges that wrap an IPv4 address (6to4, Teredo). */
function isPublicV6(host: string): boolean {
  return /^[23][\da-f]{3}:/u.test(host) && !/^2002:|^2001:0?:/u.test(host);
}
