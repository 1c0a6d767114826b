import type { Provider } from "@modelyard/core";
import { checkOptions } from "@modelyard/core/options";
import { httpProvider } from "@modelyard/provider-kit";
import { anthropicVendor } from "./anthropic-vendor.js";
import { type AnthropicProviderOptions, providerOptions } from "./provider-options.js";
import { providerName } from "./refuse.js";

/** The provider `anthropic`: Anthropic's Messages API. Chats and text completions are translated. @throws `invalid_option` */
export function anthropic(options: AnthropicProviderOptions = {}): Provider {
  checkOptions(options, providerOptions, providerName);
  return httpProvider(anthropicVendor(options), options);
}
