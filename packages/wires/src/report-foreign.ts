import { pathOf } from "./fields.js";
import type { Block } from "./hub/blocks.js";
import type { Extra, WireName } from "./hub/common.js";
import type { HubRequest, Turn } from "./hub/request.js";
import type { HubTool } from "./hub/tools.js";
import { isJsonObject, type JsonObject } from "./json.js";
import type { LossList } from "./losses.js";
import { nativeFields } from "./messages/native-fields.js";

/** Reports what a request says in fields that the target's wire does not have. */
export function reportForeign(request: HubRequest, target: WireName, losses: LossList): void {
  if (request.wire === target) return;
  reportUnknown(request, target, losses);
  reportState(request, target, losses);
  const { speed, geography } = request.service;
  if (speed !== undefined && speed !== "standard") losses.dropped("speed", "Only Anthropic has this speed.");
  if (geography !== undefined) losses.never("inference_geo", "Only Anthropic can guarantee where a model runs.");
  if (request.caching.auto !== undefined)
    losses.dropped("cache_control", "Only Anthropic can mark the last block automatically.");
  if (request.output.audio !== undefined) losses.refused("audio", "Only Chat Completions answers with audio.");
  const { truncation, compactAt } = request.context;
  const hasEdits = request.context.edits?.some((edit) => !isCompaction(edit)) === true;
  if (truncation !== undefined && truncation !== "disabled")
    losses.dropped("truncation", "Only Responses cuts prompts that are too long.");
  if ((compactAt !== undefined && target === "chat") || hasEdits)
    losses.dropped("context_management", "The deployment's API does not edit conversations like that.");
  for (const want of request.wants)
    if (typeof want === "object") losses.dropped("include", `The deployment's API has no ${want.value}.`);
}

function isCompaction({ type }: JsonObject): boolean {
  return typeof type === "string" && type.startsWith("compact_");
}

/** What one vendor keeps for its caller exists nowhere else. */
function reportState({ state, wire }: HubRequest, target: WireName, losses: LossList): void {
  const nowhere = "It is stored at another vendor or in another API. Send the whole conversation instead.";
  if (state.previousResponseId !== undefined)
    losses.never(
      "previous_response_id",
      "The answer is stored in another API, or it was forgotten an hour after its last use. Send the whole conversation instead.",
    );
  if (state.conversation !== undefined) losses.never("conversation", nowhere);
  if (state.promptTemplate !== undefined) losses.never("prompt", nowhere);
  if (state.thread !== undefined) losses.never("thread", nowhere);
  if (state.container !== undefined) losses.never("container", nowhere);
  if (state.background === true) losses.never("background", "Only Responses can run in the background.");
  if (
    target !== "responses" &&
    (target === "messages" || wire === "responses") &&
    (state.store ?? wire === "responses")
  )
    losses.dropped("store", "The answer is not stored: the deployment's API has no place for it.");
}

/** Fields whose absence would break a promise, though the hub does not interpret them. */
const promises: Readonly<Record<string, "never" | "refused">> = { compaction: "never", access_programs: "refused" };

/** Fields that the hub does not interpret, wherever they are. */
function reportUnknown(
  { wire, extra, instructions, turns, tools }: HubRequest,
  target: WireName,
  losses: LossList,
): void {
  const report = (path: string, rest: Extra | undefined): void => {
    if (rest !== undefined) reportRest(path, rest[wire], wire, losses);
  };
  for (const [field, value] of extra[wire] === undefined ? noEntries : Object.entries(extra[wire])) {
    if (wire === "chat" && target === "messages" && nativeFields.has(field)) continue;
    if (wire === "chat" && target === "messages" && !containers.chat.has(field) && !isEmpty(value))
      losses.refused(field, "Messages has no such field.");
    else if (Object.hasOwn(promises, field))
      losses[promises[field] ?? "dropped"](field, "Only the API that it belongs to supports it.");
    else reportRest("", { [field]: value }, wire, losses);
  }
  for (const instruction of instructions) report(instruction.path, instruction.extra);
  // Loops without iterators, since conversations are long.
  for (let index = 0; index < turns.length; index += 1) {
    const { path, blocks, extra: rest } = turns[index] as Turn;
    report(path, rest);
    for (let at = 0; at < blocks.length; at += 1) reportBlock(blocks[at] as Block, report);
  }
  for (const tool of tools) reportTool(tool, report);
}

const noEntries: readonly [string, unknown][] = [];

function reportBlock(block: Block, report: (path: string, rest: Extra | undefined) => void): void {
  if (block.path !== undefined) {
    report(block.path, block.extra);
    const { phase, extra } = block.item ?? noItem;
    if (phase !== undefined || extra !== undefined) {
      const item = { ...extra, ...(phase === undefined ? {} : { responses: { ...extra?.responses, phase } }) };
      // These are fields of the whole message, so they are reported with its path.
      report(block.path.replace(/\.content\[\d+\]$/u, ""), item);
    }
  }
  const inner = innerBlocks(block);
  for (let at = 0; at < inner.length; at += 1) reportBlock(inner[at] as Block, report);
}

const noItem: NonNullable<Block["item"]> = Object.freeze({});
const noBlocks: readonly Block[] = Object.freeze([]);

function innerBlocks(block: Block): readonly Block[] {
  if (block.type === "tool_result" || block.type === "search_result") return block.blocks;
  return block.type === "document" && block.source.kind === "blocks" ? block.source.blocks : noBlocks;
}

function reportTool(tool: HubTool, report: (path: string, rest: Extra | undefined) => void): void {
  report(tool.path, tool.extra);
  if (tool.type === "namespace") for (const inner of tool.tools) reportTool(inner, report);
}

/** Objects that the hub reads, so that only a part of them is unknown. */
const containers: Readonly<Record<WireName, ReadonlySet<string>>> = {
  chat: new Set(
    "audio custom file format function grammar image_url input_audio json_schema response_format stream_options".split(
      " ",
    ),
  ),
  responses: new Set(["format", "reasoning", "stream_options", "text"]),
  messages: new Set(
    "citations context_management format metadata output_config output_format source thinking tool_choice".split(" "),
  ),
};

function reportRest(path: string, rest: JsonObject | undefined, wire: WireName, losses: LossList): void {
  for (const [key, value] of Object.entries(rest ?? {})) {
    const at = pathOf(path, key);
    if (containers[wire].has(key) && isJsonObject(value)) reportRest(at, value, wire, losses);
    else if (!isEmpty(value)) losses.dropped(at, "The deployment's API does not know this field.");
  }
}

/** An empty list says nothing, and SDKs write several of them. */
function isEmpty(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}
