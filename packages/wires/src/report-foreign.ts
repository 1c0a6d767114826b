import type { WireName } from "./hub/common.js";
import type { HubRequest } from "./hub/request.js";
import type { LossList } from "./losses.js";

/** Reports what a request says in fields that the target's wire does not have. */
export function reportForeign(request: HubRequest, target: WireName, losses: LossList): void {
  if (request.wire === target) return;
  for (const field of Object.keys(request.extra[request.wire] ?? {}))
    losses.dropped(field, "The deployment's API does not know this field.");
  reportState(request, target, losses);
  const { speed, geography } = request.service;
  if (speed !== undefined && speed !== "standard") losses.dropped("speed", "Only Anthropic sells this speed.");
  if (geography !== undefined) losses.never("inference_geo", "Only Anthropic promises where a model runs.");
  if (request.caching.auto !== undefined)
    losses.dropped("cache_control", "Only Anthropic marks the last block by itself.");
  if (request.output.audio !== undefined) losses.refused("audio", "Only Chat Completions answers with audio.");
  const { truncation, compactAt, edits = [] } = request.context;
  if (truncation !== undefined && truncation !== "disabled")
    losses.dropped("truncation", "Only Responses cuts prompts that are too long.");
  if ((compactAt !== undefined && target === "chat") || edits.length > 0)
    losses.dropped("context_management", "The deployment's API does not edit conversations like that.");
  for (const want of request.wants)
    if (typeof want === "object") losses.dropped("include", `The deployment's API has no ${want.value}.`);
}

/** What one vendor keeps for its caller exists nowhere else. */
function reportState({ state, wire }: HubRequest, target: WireName, losses: LossList): void {
  const nowhere = "It is kept by another API. Send the whole conversation.";
  if (state.previousResponseId !== undefined) losses.never("previous_response_id", nowhere);
  if (state.conversation !== undefined) losses.never("conversation", nowhere);
  if (state.promptTemplate !== undefined) losses.never("prompt", nowhere);
  if (state.thread !== undefined) losses.never("thread", nowhere);
  if (state.container !== undefined) losses.never("container", nowhere);
  if (state.background === true) losses.never("background", "Only Responses works in the background.");
  if (
    target !== "responses" &&
    (target === "messages" || wire === "responses") &&
    (state.store ?? wire === "responses")
  )
    losses.dropped("store", "The answer is not stored: the deployment's API has no place for it.");
}
