export { ConfigError, configJsonSchema, formatIssue, parseConfig, type ParsedConfig } from "@modelyard/config-yaml";
export { memoryCache, memoryState } from "@modelyard/cache-memory";
export { anthropic } from "@modelyard/providers-anthropic";
export { azure, openai, openaiCompatible } from "@modelyard/providers-openai";
export * from "@modelyard/router";
export * from "@modelyard/strategies";
export { priceCatalogue } from "./price-catalogue.js";
export { builtInProviders } from "./registry.js";
export { type FromYamlOptions, routerFromYaml, type YamlRouter } from "./router-from-yaml.js";
