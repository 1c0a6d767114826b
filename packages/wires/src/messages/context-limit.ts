/**
 * Anthropic's words for a prompt that does not fit. Claude Code looks for them at the beginning of a message, and compacts
 * the conversation.
 */
const own = /prompt is too long|input length and `max_tokens` exceed context limit/u;
const limit = /maximum context length is (?<limit>\d+) tokens/u;
const prompt =
  /(?:messages resulted in|input(?: messages)? (?:has|have|is)) (?<prompt>\d+) tokens|\((?<input>\d+) in the messages/u;
// Bounded, since a search for digits from every place in a long number would take the square of its length.
const answer = /(?<answer>\d{1,12}) in the completion/u;

/**
 * A vendor's message in Anthropic's words, with its numbers. Where the prompt alone would fit, it says so: the tool then
 * asks again for a shorter answer.
 */
export function contextLimitMessage(message: string): string {
  // Hosts of its models put their own words before them.
  const from = message.search(own);
  if (from !== -1) return message.slice(from);
  const most = limit.exec(message)?.groups?.["limit"];
  const counted = prompt.exec(message)?.groups;
  const input = counted?.["prompt"] ?? counted?.["input"];
  if (most === undefined || input === undefined) return `prompt is too long: ${message}`;
  const output = answer.exec(message)?.groups?.["answer"];
  return output !== undefined && Number(input) <= Number(most)
    ? `input length and \`max_tokens\` exceed context limit: ${input} + ${output} > ${most}`
    : `prompt is too long: ${input} tokens > ${most} maximum`;
}
