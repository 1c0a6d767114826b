export * from "./cache.js";
export * from "./cooldown.js";
export * from "./shared-state.js";
export * from "./provider.js";
export * from "./strategy.js";
export * from "./filter.js";
export * from "./engine.js";
export * from "./surface.js";
