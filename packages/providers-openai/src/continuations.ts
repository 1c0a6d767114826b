import type { HostContinuation } from "./host.js";

// How hosts are asked to continue an answer. Sources, as of 2026-11: Mistral's "Prefix" and DeepSeek's "Chat Prefix
// Completion (Beta)", which has its own address; Moonshot's and Alibaba Cloud Model Studio's "Partial Mode";
// OpenRouter's "Assistant Prefill"; vLLM's and SGLang's `continue_final_message`.

/** Mistral and DeepSeek. */
export const prefixMark: HostContinuation = { message: { prefix: true } };
/** Moonshot and Alibaba Cloud. */
export const partialMark: HostContinuation = { message: { partial: true } };
/** vLLM and SGLang. */
export const finalMessage: HostContinuation = {
  body: { continue_final_message: true, add_generation_prompt: false },
};
