import type { Rows } from "./setting.js";

/** The names that callers can use, and the settings of individual groups. */
export const names = {
  modelList: { kind: "deployments", says: "The deployments.", otherwise: "required", router: ["model_list"] },
  modelGroupAlias: {
    kind: "aliases",
    says: "Other names for groups.",
    router: ["router_settings.model_group_alias"],
  },
  groups: {
    kind: "groups",
    says: "Settings of individual model groups.",
    router: ["router_settings.model_group_settings"],
  },
  routingGroups: {
    kind: "routingGroups",
    says: "Names for several groups together.",
    router: ["router_settings.routing_groups"],
  },
} as const satisfies Rows;
