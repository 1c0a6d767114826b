export type { Place } from "./document.js";
export { type Path, showPath } from "./path.js";
export type { Environment, EnvironmentReference } from "./environment.js";
export { fromTransferable, toTransferable, type TransferableConfig } from "./config-transfer.js";
export { ConfigError, type ConfigIssue, formatIssue, formatIssues } from "./issues.js";
export { configJsonSchema } from "./json-schema.js";
export type { PlacesData } from "./merged-places.js";
export { parseConfig, type ParseOptions } from "./parse-config.js";
export { isModulePath } from "./modules.js";
export type {
  CallbackModule,
  ModuleChoice,
  ParsedConfig,
  ProviderModule,
  RedisSettings,
  StrategyChoice,
} from "./parsed-config.js";
export { filePathsOf, type SettingPlace } from "./setting-paths.js";
export { UnreadableFile } from "./unreadable-file.js";
