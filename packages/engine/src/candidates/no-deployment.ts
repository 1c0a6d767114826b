import type { RouterError } from "@modelyard/core";
import { createError } from "@modelyard/core/kit";
import type { Call } from "../call/call.js";
import type { DeploymentRuntime } from "../plan/deployment-runtime.js";
import type { GroupRuntime } from "../plan/group-runtime.js";
import { publicName } from "../plan/public-name.js";
import type { Reason } from "../call/reason.js";
import { reasonsOf } from "./reasons.js";

const mostNamed = 5;
/** Reasons that do not pass by themselves and do not concern the prompt's length. */
const unfit = [
  "operation",
  "capability",
  "region",
  "tags",
  "filter",
  "client",
  "stored",
] as const satisfies readonly Reason["kind"][];
/** What callers can change, where it is not something in the request that they can omit. */
const fixes: Readonly<Partial<Record<Reason["kind"], string>>> = {
  operation: "Ask for another model",
  capability: "Ask for another model",
  region: "Allow another region",
  tags: "Change its tags",
};
const tried: Reason = { kind: "health", text: "has been tried", passesMs: undefined };

/** The error for a group that has no deployment to serve a call. It says why, and when to try again. */
export function noDeployment(call: Call, group: GroupRuntime): RouterError {
  const reasons = reasonsOf(call, group).map(
    (reason, index): Reason => reason ?? call.refusals?.get(group.runtimes[index] as DeploymentRuntime) ?? tried,
  );
  const words: string[] = [];
  for (const [index, { text }] of reasons.entries()) {
    const { deployment } = group.runtimes[index] as DeploymentRuntime;
    call.trail.reject(deployment, text);
    if (words.length < mostNamed) words.push(`${publicName(deployment, call.captures)}: ${text}`);
  }
  if (reasons.length > mostNamed) words.push(`and ${String(reasons.length - mostNamed)} more`);
  const detail = words.join("; ");
  const all = (...kinds: readonly Reason["kind"][]): boolean => reasons.every((reason) => kinds.includes(reason.kind));
  if (reasons.some((reason) => reason.kind === "context") && all("context", ...unfit)) {
    return createError({
      kind: "context_window_exceeded",
      message: `The prompt does not fit any deployment of "${group.name}" (${detail}). Shorten it, or configure context window fallbacks.`,
    });
  }
  if (all(...unfit)) {
    const path = reasons.find((reason) => reason.path !== undefined)?.path;
    const change = path === undefined ? fixes[reasons[0]?.kind ?? "filter"] : `Omit ${path}`;
    return createError({
      kind: "bad_request",
      code: "no_deployment_fits",
      message: `No deployment of "${group.name}" can serve this request (${detail}). ${change ?? "Change the request"}, or configure a deployment that can serve it.`,
      ...(path === undefined ? {} : { param: path }),
      // As vendors answer where a model is not served at an address.
      ...(all("operation") ? { status: 404, param: "model" } : {}),
    });
  }
  const waits = reasons.flatMap((reason) => (reason.passesMs === undefined ? [] : [reason.passesMs]));
  const retryAfterMs = waits.length === 0 ? 1_000 : Math.max(0, Math.min(...waits));
  const finite = Number.isFinite(retryAfterMs) ? retryAfterMs : undefined;
  const limited = reasons.every((reason) => reason.kind !== "health");
  return createError({
    kind: "no_deployment_available",
    ...(limited ? { status: 429, type: "rate_limit_error", code: "rate_limit_exceeded" } : {}),
    ...(finite === undefined ? {} : { retryAfterMs: finite }),
    message: `No deployment of "${group.name}" is available now (${detail}).${finite === undefined ? "" : ` Try again in ${String(Math.ceil(finite / 1000))} s.`}`,
  });
}
