import type { Trail } from "@modelyard/core";

/**
 * Comments that say which deployments continued a stream that broke. The headers were sent before that was known, and
 * clients skip comments.
 */
export function continuations({ attempts }: Trail): string {
  let text = "";
  for (const { continues, deploymentId, outcome } of attempts)
    if (continues !== undefined && outcome === "success")
      text += `: x-modelyard-continued: ${continues} ${deploymentId}\n\n`;
  return text;
}
