import { Secret } from "@modelyard/core";

/** Where environment variables are looked up. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The key that a provider was given, else the first of its usual environment variables that is set. An empty text is not
 * a key: it is what programs make of a variable that is not set.
 * @param environment - the process's own unless it is given; a platform without one has none
 */
export function providerKey(
  given: string | Secret | undefined,
  variables: readonly string[],
  environment?: Environment,
): Secret | undefined {
  const secret = Secret.of(given);
  if (secret !== undefined && secret.reveal().trim() !== "") return secret;
  for (const name of variables) {
    const value = environment === undefined ? variable(name) : environment[name];
    if (value !== undefined && value.trim() !== "") return new Secret(value);
  }
  return undefined;
}

/** Deno asks for leave to read a variable, and throws where it has none. */
function variable(name: string): string | undefined {
  try {
    return (globalThis as { readonly process?: { readonly env?: Environment } }).process?.env?.[name];
  } catch {
    return undefined;
  }
}
