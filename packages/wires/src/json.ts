export type { JsonObject } from "@modelyard/core";
export { isJsonObject } from "@modelyard/core/kit";
