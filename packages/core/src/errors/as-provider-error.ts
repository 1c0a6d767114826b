import type { Deployment } from "../deployment.js";
import { createProviderError } from "./classes.js";
import { RouterError } from "./router-error.js";

/** An error of ours about what one deployment can serve, as the error of a vendor that refuses it. Anything else stays as it is. */
export function asProviderError(thrown: unknown, { provider, id: deploymentId }: Deployment): unknown {
  if (!RouterError.isInstance(thrown) || thrown.source === "provider") return thrown;
  const { kind, param, reason, code } = thrown;
  return createProviderError({
    kind,
    provider,
    deploymentId,
    message: reason,
    code,
    ...(param === undefined ? {} : { param }),
  });
}
