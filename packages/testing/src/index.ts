export * from "./helpers/index.js";
export * from "./virtual-clock.js";
export * from "./scripted-behavior.js";
export * from "./scripted-provider.js";
export * from "./upstream/index.js";
export * from "./candidates.js";
export * from "./promptness.js";
export * from "./chi-square.js";
