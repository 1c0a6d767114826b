import type { ProviderCall, RouterError } from "@modelyard/core";
import { createProviderError } from "@modelyard/core/kit";
import type { Loss } from "@modelyard/wires";

type RefusedCall = Pick<ProviderCall, "deployment" | "model">;

/** The field of a request that a path leads into. */
export function fieldOf(path: string): string {
  return /^[^.[]+/u.exec(path)?.[0] ?? path;
}

export const advice = " Omit it, or set dropParams (drop_params in YAML) to true.";

/** One error that names everything that is refused. */
export function refusal(refused: readonly Loss[], { deployment, model }: RefusedCall, fix: string): RouterError {
  const { provider, id: deploymentId } = deployment;
  // What is refused in a message says more than that nothing of the message is left.
  const first = refused.slice(0, mostNamed);
  const named = first.filter(({ path }) => !first.some((inner) => isWithin(inner.path, path)));
  const { path: param = "", why = "" } = named[0] ?? {};
  const reasons = named.length === 1 ? `${param}: ${why}` : `${named.map(reasonOf).join(", ")}.`;
  const message = `${provider} (${model}) cannot serve this request with ${reasons}${fix}`;
  return createProviderError({ kind: "unsupported_params", provider, deploymentId, param, message });
}

/** How many of them the error names. A conversation may have thousands. */
const mostNamed = 10;

function isWithin(path: string, outer: string): boolean {
  return path.startsWith(outer) && (path[outer.length] === "." || path[outer.length] === "[");
}

function reasonOf({ path, why }: Loss): string {
  return `${path} (${why.replace(/\.$/u, "")})`;
}
