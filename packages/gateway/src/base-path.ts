import { createError, invalidOption } from "@modelyard/core/kit";

/** How a gateway is mounted in an application. */
export interface MountOptions {
  /**
   * The path that the gateway is mounted at, e.g. `/llm`: its `/v1/models` is then at `/llm/v1/models`. Not for frameworks
   * that remove the path from the URL themselves, as Express's `app.use` does.
   * @defaultValue none
   */
  readonly basePath?: string | undefined;
}

/** The base path without a slash at its end; an empty string: there is none. @throws `invalid_option` */
export function checkedBasePath(basePath: unknown = ""): string {
  if (typeof basePath === "string" && /^(?:\/[^\s/?#*{}:]+)*\/?$/u.test(basePath)) return basePath.replace(/\/$/u, "");
  const shown = typeof basePath === "string" ? JSON.stringify(basePath) : typeof basePath;
  throw invalidOption(
    "basePath",
    `expected a path such as "/llm", got ${shown}.`,
    "Begin it with a slash, and omit placeholders.",
  );
}

/**
 * The path of a request relative to the base path.
 * @throws `unknown_route` for a path outside of it
 */
export function pathBelow(basePath: string, method: string, path: string): string {
  if (path.startsWith(basePath)) {
    const below = path.slice(basePath.length);
    if (below === "") return "/";
    if (below.startsWith("/")) return below;
  }
  throw createError({
    kind: "not_found",
    code: "unknown_route",
    message: `There is no ${method.slice(0, 20)} ${path.slice(0, 200)}. The gateway is mounted at ${basePath}. If the framework removes this from the URL, omit basePath.`,
  });
}
