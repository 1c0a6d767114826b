import type { Rows } from "./setting.js";

/** The names that callers can use, and the settings of individual groups. */
export const names = {
  modelList: { kind: "deployments", description: "The deployments.", otherwise: "required", router: ["model_list"] },
  modelGroupAlias: {
    kind: "aliases",
    description: "Other names for groups.",
    router: ["router_settings.model_group_alias"],
  },
  groups: {
    kind: "groups",
    description: "Settings of individual model groups.",
    router: ["router_settings.model_group_settings"],
  },
  routingGroups: {
    kind: "routingGroups",
    description: "Names for several groups together.",
    router: ["router_settings.routing_groups"],
  },
} as const satisfies Rows;
