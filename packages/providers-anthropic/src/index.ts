export { anthropic } from "./anthropic-provider.js";
export type { AnthropicProviderOptions } from "./provider-options.js";
