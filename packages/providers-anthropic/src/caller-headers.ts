import type { Endpoint } from "./endpoint.js";

const version = "anthropic-version";
const beta = "anthropic-beta";

/**
 * The headers of a call in its caller's own API: the caller's are added. The version is the caller's, since it determines
 * what the request means, and so are the beta features, together with those that are configured.
 */
export function withCallerHeaders(
  { headers }: Pick<Endpoint, "headers">,
  forwarded: Readonly<Record<string, string>> | undefined,
): Readonly<Record<string, string>> {
  if (forwarded === undefined) return headers;
  const sent: Record<string, string> = { ...forwarded, ...headers };
  const asked = forwarded[version];
  if (asked !== undefined) sent[version] = asked;
  const betas = joinedBetas(forwarded[beta], headers[beta]);
  if (betas !== undefined) sent[beta] = betas;
  return sent;
}

/** The caller's list stays as it was written, and configured features that it lacks follow. */
function joinedBetas(asked: string | undefined, configured: string | undefined): string | undefined {
  if (asked === undefined || asked.trim() === "" || configured === undefined) return asked ?? configured;
  const known = new Set(namesIn(asked));
  const missing = namesIn(configured).filter((name) => !known.has(name));
  return [asked, ...missing].join(",");
}

function namesIn(list: string): readonly string[] {
  return list.split(",").map((name) => name.trim());
}
