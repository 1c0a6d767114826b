import type { Deployment } from "@modelyard/core";
import { didYouMean } from "@modelyard/core/kit";
import { configuredHeaders } from "@modelyard/provider-kit";
import { type EndpointRules, hasOwnAuth, messagesUrl } from "./endpoint.js";

/** The settings of a deployment that this provider reads. */
export const ownSettings: readonly string[] = ["anthropic_beta"];

function baseUrlProblem(baseUrl: string | undefined): string | undefined {
  try {
    const { protocol } = messagesUrl(baseUrl);
    if (protocol === "https:" || protocol === "http:") return undefined;
  } catch {
    // Reported below.
  }
  return "apiBase must be a valid URL, e.g. https://api.anthropic.com. Omit it to use Anthropic's own.";
}

function betaProblem(value: unknown): string | undefined {
  const fits =
    value === undefined ||
    typeof value === "string" ||
    (Array.isArray(value) && value.every((beta) => typeof beta === "string"));
  return fits
    ? undefined
    : "anthropic_beta must be names of beta features: a string with commas between them, or a list.";
}

/** What is wrong with a deployment. Each problem says how to fix it. */
export function validateDeployment(deployment: Deployment, rules: EndpointRules): readonly string[] {
  const problems: string[] = [];
  if (rules.apiKey === undefined && !hasOwnAuth(configuredHeaders(deployment)))
    problems.push("anthropic needs a key. Set apiKey or the environment variable ANTHROPIC_API_KEY.");
  const address = baseUrlProblem(deployment.connection.baseUrl ?? rules.baseUrl);
  if (address !== undefined) problems.push(address);
  const version = deployment.connection.apiVersion ?? rules.apiVersion;
  if (version !== undefined && !/^\d{4}-\d\d-\d\d$/u.test(version))
    problems.push(`"${version}" is not a valid apiVersion. Use a date, e.g. 2023-06-01, or omit it.`);
  for (const key of Object.keys(deployment.settings)) {
    if (key.startsWith("anthropic_") && !ownSettings.includes(key))
      problems.push(
        `anthropic has no setting "${key}".${didYouMean(key, ownSettings)} It has ${ownSettings.join(", ")}.`,
      );
  }
  for (const rule of ["developerRole", "toolIdLength"] as const) {
    if (deployment.refuses?.[rule] !== undefined)
      problems.push(`roles and tool call ids are always converted for anthropic. Remove ${rule} from refuses.`);
  }
  const beta = betaProblem(deployment.settings["anthropic_beta"]);
  if (beta !== undefined) problems.push(beta);
  return problems;
}
