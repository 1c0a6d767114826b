/** For example `chrome-extension://ID`, for which the platform's `URL` has no origin. */
const otherOrigin = /^[a-z][a-z\d+.-]*:\/\/[\w.-]+(?::\d+)?$/u;

/**
 * What is wrong with the name of a web origin, in a few words, or `undefined` if it is valid. Valid names are those
 * that browsers send in `Origin`, e.g. `https://app.example.com` or `http://localhost:5173`, and `*` for all.
 */
export function originProblem(value: unknown): string | undefined {
  if (typeof value !== "string") return "an origin must be a string.";
  if (value === "*") return undefined;
  if (value === "null") return "every sandboxed page sends null, so it identifies no origin.";
  if (value.includes("*")) return `${show(value)} is a pattern. Name each origin, or "*" for all.`;
  if (!/^https?:/iu.test(value)) return otherOrigin.test(value) ? undefined : noOrigin(value);
  const origin = originOf(value);
  if (origin === undefined) return noOrigin(value);
  return origin === value ? undefined : `${show(value)} is not how browsers send it. Write "${origin}".`;
}

function originOf(value: string): string | undefined {
  // The platform would treat what follows a comma or a space as a part of the host or the path.
  if (/[\s,]/u.test(value)) return undefined;
  try {
    return new URL(value).origin;
  } catch {
    return undefined;
  }
}

function noOrigin(value: string): string {
  return `${show(value)} is not a valid origin. Write it as "https://app.example.com".`;
}

/** Quotes an address without the credentials in it. */
function show(value: string): string {
  return JSON.stringify(value.replace(/\/\/[^/]*@/u, "//").slice(0, 200));
}

const hostName = /^(?:[a-z\d_](?:[\w.-]*[\w.])?|\[[\da-f:.]+\])(?::\d{1,5})?$/iu;

/**
 * What is wrong with the name of a host, as in the header `Host`, in a few words, or `undefined` if it is valid. `*`
 * stands for any host.
 */
export function hostProblem(value: unknown): string | undefined {
  if (typeof value !== "string") return "a host must be a string.";
  if (value === "*" || hostName.test(value)) return undefined;
  if (value.includes("*")) return `${show(value)} is a pattern. Name each host, or "*" for any.`;
  return `${show(value)} is not a valid host name. Write it without scheme and path, e.g. "llm.example.com".`;
}
