/**
 * What vendors say about reasoning that they did not make, or that changed since: the wordings of Anthropic, also through
 * Bedrock and Vertex, and of OpenAI and Azure, which omit the code at times. Sources: anthropics/anthropic-sdk-python#1598,
 * openai/codex#8145, openai/openai-agents-python#2063.
 */
const wordings = [
  /Invalid `?signature`? in `?thinking`?|Invalid `?data`? in `?redacted_thinking`?/u,
  /`thinking` or `redacted_thinking` blocks in the latest assistant message cannot be modified/u,
  /\.thinking\.signature: Field required/u,
  /^The encrypted content .{1,200} could not be (?:verified|decrypted)/su,
];

/** Whether a vendor refuses a request because it cannot read the reasoning in it. */
export function isForeignReasoning(code: string | undefined, message: string | undefined): boolean {
  if (code === "invalid_encrypted_content") return true;
  return message !== undefined && wordings.some((wording) => wording.test(message));
}
