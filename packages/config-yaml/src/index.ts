export type { Place } from "./document.js";
export type { Path } from "./path.js";
export type { Environment } from "./environment.js";
export { ConfigError, type ConfigIssue, formatIssue, formatIssues } from "./issues.js";
export { configJsonSchema } from "./json-schema.js";
export { parseConfig, type ParseOptions } from "./parse-config.js";
export type { ParsedConfig, RedisSettings, StrategyChoice } from "./parsed-config.js";
export type { ProviderVariables } from "./to-deployments.js";
export { UnreadableFile } from "./unreadable-file.js";
