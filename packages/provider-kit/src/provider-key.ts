import { Secret } from "@modelyard/core";

/** Where environment variables are looked up. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The key that a provider was given, or the first of its usual environment variables that is set. An empty string does not
 * count: programs often turn a variable that is not set into one.
 * @param environment - where variables are looked up. @defaultValue the process's environment, if the platform has one
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

/** Deno requires a permission to read a variable, and throws without it. */
function variable(name: string): string | undefined {
  try {
    return (globalThis as { readonly process?: { readonly env?: Environment } }).process?.env?.[name];
  } catch {
    return undefined;
  }
}
