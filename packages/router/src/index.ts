export { inferProvider, type InferredProvider } from "@modelyard/engine";
export type { ChunkStream, ExplainSample } from "@modelyard/engine";
export { createRouter } from "./create-router.js";
export type { CreateRouterOptions } from "./options.js";
export type { Routed, Router } from "./router.js";
export type { ExplainedSetting } from "@modelyard/core/settings";
export type { ExplainedDeployment, Explanation } from "./explain.js";
export * from "@modelyard/core";
export { deploymentId } from "@modelyard/engine";
