export { type Host, hosts } from "./dialects.js";
export { azure, type CompatibleOptions, openai, openaiCompatible } from "./factories.js";
export type { OpenAIProviderOptions } from "./openai-provider.js";
