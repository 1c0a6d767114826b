import type { Caller } from "../caller.js";
import { idFor } from "../caller.js";
import { withRest } from "../fields.js";
import type { HubAnswer, HubChoice } from "../hub/answer.js";
import type { Block, TextBlock } from "../hub/blocks.js";
import type { Written } from "../hub/common.js";
import type { JsonObject } from "../json.js";
import { LossList } from "../losses.js";
import { reportAnswer } from "../report-answer.js";
import { reportTier, reportUsage } from "../report-usage.js";
import { writeStop } from "./stop.js";
import { writeUsage } from "./usage.js";
import { WrittenMessage } from "./write-message.js";

/** Writes a chat completion. */
export function writeAnswer(answer: HubAnswer, caller: Caller): Written<JsonObject> {
  const losses = new LossList();
  const { tier, fingerprint } = answer.service ?? {};
  if (answer.usage !== undefined) reportUsage(answer.usage, "chat", losses);
  // Usage like LiteLLM's has the tier.
  if (caller.likeLiteLLM !== true) reportBatch(tier, losses);
  reportAnswer(answer, "chat", losses);
  const value: Record<string, unknown> = {
    id: idFor("chatcmpl-", answer.id),
    object: "chat.completion",
    created: answer.createdAt ?? caller.now,
    model: caller.model ?? answer.model,
    choices: answer.choices.map((choice) => writeChoice(choice, caller, losses)),
  };
  if (answer.usage !== undefined) value["usage"] = writeUsage(answer.usage, caller);
  const serviceTier = openaiTier(tier);
  if (serviceTier !== undefined) value["service_tier"] = serviceTier;
  if (fingerprint !== undefined) value["system_fingerprint"] = fingerprint;
  return { value: withRest(value, answer.extra.chat), losses: losses.all };
}

/** OpenAI's word for a tier; `undefined` for one that it does not have. */
export function openaiTier(tier: string | undefined): string | undefined {
  if (tier === "standard") return "default";
  return tier === "batch" ? undefined : tier;
}

/** Only Messages has a tier that OpenAI has no word for. */
export function reportBatch(tier: string | undefined, losses: LossList): void {
  if (tier === "batch") reportTier(tier, "usage.service_tier", losses);
}

function writeChoice(
  { index, blocks, stop, extra, logprobs }: HubChoice,
  caller: Caller,
  losses: LossList,
): JsonObject {
  const { likeLiteLLM = false } = caller;
  const written = new WrittenMessage(caller, losses);
  for (let at = 0; at < blocks.length; at += 1) written.add(blocks[at] as Block, at);
  const finish = writeStop(stop, { vendors: !written.refuses, likeLiteLLM }, losses);
  const message = written.whole(stop.reason === "refusal" ? stop.explanation : undefined);
  const choice = { index, message, logprobs: logprobs ?? logprobsOf(blocks), finish_reason: finish };
  return withRest(choice, extra?.chat);
}

/** Those of the texts, where another wire has them. */
function logprobsOf(blocks: readonly Block[]): JsonObject | null {
  if (!blocks.some(hasLogprobs)) return null;
  const content = blocks.flatMap((block) => (hasLogprobs(block) ? block.logprobs : []));
  return content.length === 0 ? null : { content, refusal: null };
}

function hasLogprobs(block: Block): block is { readonly logprobs: readonly unknown[] } & TextBlock {
  return block.type === "text" && Array.isArray(block.logprobs);
}
