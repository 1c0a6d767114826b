/** How options are checked at run time: for those who write factories. */
export * from "./identity.js";
export * from "./part.js";
export * from "./parts.js";
export * from "./provider.js";
export * from "./refusals.js";
export * from "./rules.js";
