import { createError } from "@modelyard/core/kit";
import type { ExtraRoute } from "@modelyard/gateway";

/** Says how to get metrics where nothing makes any. */
export const noMetrics: ExtraRoute = {
  method: "GET",
  path: "/metrics",
  open: true,
  handle: () => {
    throw createError({
      kind: "not_found",
      code: "unknown_route",
      message: "There are no metrics. Add prometheus to litellm_settings.callbacks.",
    });
  },
};
