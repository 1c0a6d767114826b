import { AnswerFields, type Fields, given } from "../fields.js";
import type { HubAnswer, HubChoice } from "../hub/answer.js";
import type { Block, Citation, TextBlock, ToolCallBlock } from "../hub/blocks.js";
import { isJsonObject, type JsonObject } from "../json.js";
import { callId } from "../tool-ids.js";
import { chatExtra } from "./read-content.js";
import { invalidResponse, readErrorIn, throwFailure } from "./read-error.js";
import { readTextParts } from "./read-text-parts.js";
import { readStop } from "./stop.js";
import { readUsage } from "./usage.js";

/** Reads a chat completion. @throws `invalid_response` if it has no choices, or a call names no tool */
export function readAnswer(body: JsonObject): HubAnswer {
  const fields = new AnswerFields(body, "");
  fields.skip("object");
  const id = fields.text("id") ?? "";
  const choices = fields.each("choices").map((choice, position) => readChoice(choice, position, id));
  if (choices.length === 0) throwFailure(readErrorIn(fields) ?? invalidResponse("The vendor's answer has no choices."));
  const known = {
    id,
    model: fields.text("model") ?? "",
    choices,
    service: given({ tier: fields.text("service_tier"), fingerprint: fields.text("system_fingerprint") }),
    ...given({ createdAt: fields.number("created"), usage: readUsage(fields.any("usage")) }),
  };
  return { ...known, extra: chatExtra(fields.rest()) ?? {} };
}

function readChoice(choice: Fields, position: number, answerId: string): HubChoice {
  const message = choice.inOrEmpty("message");
  const tokens = isJsonObject(choice.value["logprobs"]) ? choice.value["logprobs"]["content"] : undefined;
  const logprobs = Array.isArray(tokens) && tokens.length > 0 ? (tokens as readonly unknown[]) : undefined;
  const blocks = readMessage(message, logprobs).map((block, index) =>
    block.type === "tool_call" && block.id === ""
      ? { ...block, id: callId([answerId, position, index, block.name]) }
      : block,
  );
  const said = {
    calls: blocks.some(({ type }) => type === "tool_call"),
    refusal: blocks.find((block) => block.type === "refusal")?.text,
  };
  return {
    index: choice.number("index") ?? position,
    blocks,
    stop: readStop(choice.text("finish_reason"), said),
    ...given({ logprobs: choice.any("logprobs"), extra: chatExtra(choice.rest()) }),
  };
}

function readMessage(message: Fields, logprobs: readonly unknown[] | undefined): readonly Block[] {
  const blocks: Block[] = [];
  message.skip("role");
  const content = message.any("content");
  const parts = Array.isArray(content) ? readTextParts(content) : undefined;
  const thoughts =
    nonEmpty(message.text("reasoning_content")) ?? nonEmpty(message.any("reasoning")) ?? nonEmpty(parts?.thoughts);
  if (thoughts !== undefined) blocks.push({ type: "reasoning", text: thoughts });
  const text = textBlock(message, parts === undefined ? content : parts.text);
  if (text !== undefined) blocks.push({ ...text, ...given({ logprobs }) });
  for (const value of parts?.others ?? none) blocks.push({ type: "other", wire: "chat", value });
  const refusal = message.text("refusal");
  if (refusal !== undefined && refusal !== "") blocks.push({ type: "refusal", text: refusal });
  const audio = message.in("audio");
  if (audio !== undefined) blocks.push(readAudio(audio));
  for (const call of message.each("tool_calls")) blocks.push(readCall(call));
  const old = message.in("function_call");
  if (old !== undefined) blocks.push(callOf("", old));
  return blocks;
}

const none: readonly JsonObject[] = [];

function nonEmpty(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function textBlock(message: Fields, text: unknown): TextBlock | undefined {
  const citations = message.each("annotations").map(readAnnotation);
  if (typeof text !== "string" || (text === "" && citations.length === 0)) return undefined;
  return { type: "text", text, ...given({ citations: citations.length === 0 ? undefined : citations }) };
}

export function readAnnotation(annotation: Fields): Citation {
  const raw = { wire: "chat" as const, value: annotation.value };
  const url = annotation.in("url_citation");
  if (url === undefined) return { kind: "other", raw };
  const start = url.number("start_index");
  const end = url.number("end_index");
  const span = start === undefined || end === undefined ? undefined : { start, end };
  return { kind: "url", raw, ...given({ url: url.text("url"), title: url.text("title"), span }) };
}

function readAudio(audio: Fields): Block {
  const data = audio.text("data");
  return {
    type: "audio",
    ...given({
      id: audio.text("id"),
      source: data === undefined ? undefined : ({ kind: "base64", mediaType: "audio", data } as const),
      transcript: audio.text("transcript"),
      expiresAt: audio.number("expires_at"),
    }),
  };
}

function readCall(call: Fields): Block {
  call.skip("type", "index");
  const custom = call.in("custom");
  const id = call.text("id") ?? "";
  const read = custom === undefined ? callOf(id, call.inOrEmpty("function")) : customCall(id, custom);
  return { ...read, ...given({ extra: chatExtra(call.rest()) }) };
}

function customCall(id: string, called: Fields): ToolCallBlock {
  const input = { kind: "text", text: called.text("input") ?? "" } as const;
  return { type: "tool_call", id, name: called.neededText("name"), input };
}

function callOf(id: string, called: Fields): ToolCallBlock {
  const written = called.any("arguments");
  // Some hosts write the object itself.
  const text = isJsonObject(written) ? JSON.stringify(written) : called.text("arguments");
  const input = { kind: "json", text: text ?? "" } as const;
  return { type: "tool_call", id, name: called.neededText("name"), input };
}
