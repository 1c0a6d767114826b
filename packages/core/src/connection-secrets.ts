import type { Connection } from "./deployment.js";
import { Secret } from "./secret.js";

/** Headers whose values are not secret, and may occur in any vendor's message. */
const publicHeaders: ReadonlySet<string> = new Set(["accept", "content-type", "http-referer", "user-agent", "x-title"]);
/** Headers that choose a version of a vendor's API, by the vendor's name and one of these words. */
const edition = /^[a-z]+-(?:beta|version)$/u;

/** Shorter values in the query of a URL, such as `v=1`, are not secrets. */
const shortestSecret = 8;

/** The secrets in an address: its password, and long values of its query. */
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
 * The secrets of a connection that a vendor's messages may repeat, for {@link scrub}.
 * @param apiKey - the key that was sent, of the connection or of the provider
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
