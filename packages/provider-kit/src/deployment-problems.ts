import type { Deployment, Secret } from "@modelyard/core";
import { isWire } from "./bridge/wires.js";
import type { Endpoint } from "./endpoint.js";
import type { HttpVendor } from "./http-vendor.js";

/** A deployment's connection, with the defaults of its provider. */
interface Resolved {
  readonly base: string | undefined;
  readonly key: Secret | undefined;
}

/** What is wrong with a deployment's settings. */
export function problemsOf(
  { name, environment, settings = [] }: Pick<HttpVendor, "name" | "environment" | "settings">,
  deployment: Deployment,
  { base, key }: Resolved,
): readonly string[] {
  const problems: string[] = [];
  const [variable] = environment?.apiKey ?? [];
  if (variable !== undefined && key === undefined)
    problems.push(`${name} needs a key. Set apiKey or the environment variable ${variable}.`);
  if (base === undefined) problems.push(`${name} needs an address. Set apiBase.`);
  else if (!URL.canParse(base)) problems.push(`apiBase of ${name} must be a valid URL, e.g. https://example.com/v1.`);
  for (const setting of Object.keys(deployment.settings))
    if (!settings.includes(setting)) problems.push(`${name} has no setting "${setting}".`);
  return problems;
}

/** What is wrong with the wire that a deployment is set to. */
export function wireProblems<Facts, Address extends Endpoint>(
  { name, operations }: Pick<HttpVendor<Facts, Address>, "name" | "operations">,
  { wire }: Deployment,
): readonly string[] {
  if (wire === undefined || operations[wire] !== undefined) return [];
  const known = Object.keys(operations).filter((operation) => isWire(operation as never));
  return [`${name} does not have the API "${wire}". Set wire to ${known.join(" or ")}, or omit it.`];
}
