export { hosts } from "./dialects.js";
export type { AddressForm, Host } from "./host.js";
export { azure, type CompatibleOptions, openai, openaiCompatible } from "./factories.js";
export type { OpenAIProviderOptions } from "./dialect.js";
