export * from "./cache.js";
export * from "./shared-state.js";
