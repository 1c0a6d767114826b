export type { Path, Place } from "./document.js";
export type { Environment } from "./environment.js";
export { ConfigError, type ConfigIssue, formatIssue } from "./issues.js";
export {
  parseConfig,
  type ParsedConfig,
  type ParseOptions,
  type RedisSettings,
  type StrategyChoice,
} from "./parse-config.js";
export { configJsonSchema } from "./schema.js";
export type { ProviderVariables } from "./to-deployments.js";
