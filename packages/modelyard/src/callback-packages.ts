import type { ConfigIssue } from "@modelyard/config-yaml";

/** A rejection handler, because of which bundlers build applications without the packages that are not installed. */
function rethrow(thrown: unknown): never {
  throw thrown;
}

/**
 * The packages of the callbacks that a file can name. They are optional peer dependencies, because the vendors' SDKs
 * would make an install five times as large, and are only imported if a file names them.
 */
export const callbackPackages = {
  prometheus: {
    name: "@modelyard/callbacks-prometheus",
    load: () => import("@modelyard/callbacks-prometheus").catch(rethrow),
  },
  langfuse: {
    name: "@modelyard/callbacks-langfuse",
    load: () => import("@modelyard/callbacks-langfuse").catch(rethrow),
  },
  sentry: {
    name: "@modelyard/callbacks-sentry",
    load: () => import("@modelyard/callbacks-sentry").catch(rethrow),
  },
  otel: {
    name: "@modelyard/callbacks-otel",
    load: () => import("@modelyard/callbacks-otel").catch(rethrow),
  },
} as const;

type PackagedCallback = keyof typeof callbackPackages;

export function isPackaged(callback: string): callback is PackagedCallback {
  return Object.hasOwn(callbackPackages, callback);
}

/**
 * Whether an import failed because this package is not installed, and not because of a package that it needs. The first
 * name that Node, Bun and Deno quote in their messages is the one they did not find.
 */
export function isMissing(name: string, thrown: unknown): boolean {
  if (!(thrown instanceof Error)) return false;
  const { code } = thrown as { readonly code?: unknown };
  const found = /["'](?<name>[^"']+)["']/u.exec(thrown.message)?.groups?.["name"];
  return (code === "ERR_MODULE_NOT_FOUND" || code === "MODULE_NOT_FOUND") && found === name;
}

async function isInstalled(callback: PackagedCallback): Promise<boolean> {
  const { name, load } = callbackPackages[callback];
  try {
    await load();
    return true;
  } catch (thrown) {
    if (isMissing(name, thrown)) return false;
    throw thrown;
  }
}

/** A callback that cannot be created, because its package is not installed. */
export interface MissingCallback {
  readonly callback: string;
  readonly issue: ConfigIssue;
}

/**
 * Finds the callbacks whose packages are not installed.
 * @param places - where the file names them. For a callback that it names twice, the first place counts
 */
export async function missingCallbacks(
  places: ReadonlyMap<string, Omit<ConfigIssue, "message">>,
): Promise<readonly MissingCallback[]> {
  const packaged = [...places.keys()].filter(isPackaged);
  const installed = await Promise.all(packaged.map(isInstalled));
  const missing = packaged.filter((_, index) => installed[index] === false);
  const command = `npm i ${missing.map((callback) => callbackPackages[callback].name).join(" ")}`;
  return missing.flatMap((callback) => {
    const place = places.get(callback);
    if (place === undefined) return [];
    const { name } = callbackPackages[callback];
    const message = `the callback "${callback}" needs the package ${name}, which is not installed. Run: ${command}`;
    return [{ callback, issue: { ...place, message } }];
  });
}
