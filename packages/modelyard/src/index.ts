export {
  ConfigError,
  type ConfigIssue,
  configJsonSchema,
  type EnvironmentReference,
  filePathsOf,
  formatIssue,
  formatIssues,
  parseConfig,
  type ParsedConfig,
  showPath,
} from "@modelyard/config-yaml";
export { memoryCache, memoryState } from "@modelyard/cache-memory";
export * from "@modelyard/gateway";
export { failureRate } from "@modelyard/policies";
export { defineProvider } from "@modelyard/provider-kit";
export * from "@modelyard/router";
export * from "@modelyard/strategies";
export { filePathOf } from "./placed.js";
export { priceCatalog } from "./price-catalog.js";
export type { ProcessShare } from "./divide-limits.js";
export { answerReadRequest, type ReadReply, type ReadRequest } from "./read-elsewhere.js";
export * from "./registry.js";
export type { WatchOptions } from "./watch-source.js";
export type { FromYamlOptions, YamlRouter } from "./from-yaml-options.js";
export { routerFromYaml } from "./router-from-yaml.js";
