import type { Connection } from "./deployment.js";
import { Secret } from "./secret.js";

/** Their values are not secret, and may occur in any vendor's message. */
const publicHeaders: ReadonlySet<string> = new Set(["accept", "content-type", "http-referer", "user-agent", "x-title"]);
/** Which edition of its API a vendor is asked for: its name and one of these words. */
const edition = /^[a-z]+-(?:beta|version)$/u;

/** Shorter values of a URL's query, such as `v=1`, are no secrets. */
const shortestSecret = 8;

/** What an address holds that is for nobody's eyes: its password, and long values of its query. */
function urlSecrets(url: string | undefined): readonly Secret[] {
  if (url === undefined || !URL.canParse(url)) return [];
  const { password, searchParams } = new URL(url);
  return [decode(password), ...searchParams.values()]
    .filter((text) => text.length >= shortestSecret)
    .map((text) => new Secret(text));
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/**
 * Everything about a connection that a vendor may say again and nobody may see, for {@link scrub}.
 * @param apiKey - the key that was sent; the connection's own, or the provider's
 */
export function connectionSecrets(connection: Connection, apiKey: Secret | undefined): readonly Secret[] {
  const { organization, baseUrl } = connection;
  const headers = Object.entries(connection.headers).filter(
    ([name]) => !publicHeaders.has(name) && !edition.test(name),
  );
  return [
    ...(apiKey === undefined ? [] : [apiKey]),
    ...headers.map(([, value]) => value),
    ...(organization === undefined ? [] : [new Secret(organization)]),
    ...urlSecrets(baseUrl),
  ];
}
