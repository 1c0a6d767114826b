export { anthropic } from "./anthropic.js";
export type { AnthropicProviderOptions } from "./provider-options.js";
