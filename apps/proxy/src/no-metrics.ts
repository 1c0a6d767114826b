import { createError } from "@modelyard/core/kit";
import type { ExtraRoute } from "@modelyard/gateway";

/** Serves `/metrics` while no callback collects metrics: an error that says how to turn them on. */
export const noMetrics: ExtraRoute = {
  method: "GET",
  path: "/metrics",
  open: true,
  handle: () => {
    throw createError({
      kind: "not_found",
      code: "unknown_route",
      message: "Metrics are not enabled. Add prometheus to litellm_settings.callbacks.",
    });
  },
};
