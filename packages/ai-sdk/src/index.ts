export { createModelyard, type CreateModelyardOptions, type Modelyard, type StrategyName } from "./create-modelyard.js";
export type { AnyModel, ModelEntry, ModelOptions } from "./deployments/model-entry.js";
export { mastraGateway, type MastraGateway, type MastraProvider } from "./mastra-gateway.js";
export { modelyard, type ModelyardProvider } from "./modelyard.js";
export type { AttemptSummary, ModelyardMetadata } from "./models/call-facts.js";
