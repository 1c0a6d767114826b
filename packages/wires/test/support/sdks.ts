import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import type { WireEvent, WireName } from "../../src/index.js";
import type { JsonObject } from "../../src/json.js";

/** What an official SDK makes of an answer. */
export interface SdkGist {
  readonly text: string;
  /** Id, name and input of each call. */
  readonly calls: readonly (readonly [id: string, name: string, input: string])[];
  readonly stop: string | null;
}

/** A stream as the text that a server sends. */
export function sseText(wire: WireName, events: readonly WireEvent[]): string {
  return events
    .map((event) => {
      const data = event === "[DONE]" ? event : JSON.stringify(event);
      const name = wire === "chat" || event === "[DONE]" ? "" : `event: ${String(nameOf(event))}\n`;
      return `${name}data: ${data}\n\n`;
    })
    .join("");
}

function nameOf(event: JsonObject): unknown {
  return event["type"];
}

function answering(body: string, type: string): typeof fetch {
  return async () => new Response(body, { status: 200, headers: { "content-type": type } });
}

function openaiAnswering(body: string, type: string): OpenAI {
  return new OpenAI({ apiKey: "k", baseURL: "https://api.test/v1", maxRetries: 0, fetch: answering(body, type) });
}

function anthropicAnswering(body: string, type: string): Anthropic {
  return new Anthropic({ apiKey: "k", baseURL: "https://api.test", maxRetries: 0, fetch: answering(body, type) });
}

const question = [{ role: "user" as const, content: "Hi" }];

/** Reads a stream with the SDK of its wire. @throws what the SDK throws */
export async function readStreamBySdk(wire: WireName, events: readonly WireEvent[]): Promise<SdkGist> {
  const body = sseText(wire, events);
  const type = "text/event-stream; charset=utf-8";
  switch (wire) {
    case "chat":
      return ofChat(
        await openaiAnswering(body, type)
          .chat.completions.stream({ model: "m", messages: question, stream_options: { include_usage: true } })
          .finalChatCompletion(),
      );
    case "responses":
      return ofResponse(
        await openaiAnswering(body, type).responses.stream({ model: "m", input: "Hi" }).finalResponse(),
      );
    case "messages":
      return ofMessage(
        await anthropicAnswering(body, type)
          .messages.stream({ model: "m", max_tokens: 100, messages: question })
          .finalMessage(),
      );
  }
}

/** Reads an answer with the SDK of its wire. */
export async function readAnswerBySdk(wire: WireName, answer: JsonObject): Promise<SdkGist> {
  const body = JSON.stringify(answer);
  const type = "application/json";
  switch (wire) {
    case "chat":
      return ofChat(await openaiAnswering(body, type).chat.completions.create({ model: "m", messages: question }));
    case "responses":
      return ofResponse(await openaiAnswering(body, type).responses.create({ model: "m", input: "Hi" }));
    case "messages":
      return ofMessage(
        await anthropicAnswering(body, type).messages.create({ model: "m", max_tokens: 100, messages: question }),
      );
  }
}

function ofChat({ choices: [choice] }: OpenAI.ChatCompletion): SdkGist {
  const { content, refusal, tool_calls: calls = [] } = choice!.message;
  return {
    text: `${content ?? ""}${refusal ?? ""}`,
    calls: calls.map((call) =>
      call.type === "function"
        ? [call.id, call.function.name, call.function.arguments]
        : [call.id, call.custom.name, call.custom.input],
    ),
    stop: choice!.finish_reason,
  };
}

function ofResponse({ output, status, incomplete_details: details }: OpenAI.Responses.Response): SdkGist {
  const parts = output.flatMap((item) => (item.type === "message" ? item.content : []));
  return {
    text: parts.map((part) => (part.type === "refusal" ? part.refusal : part.text)).join(""),
    calls: output.flatMap((item) => {
      if (item.type === "function_call") return [[item.call_id, item.name, item.arguments] as const];
      return item.type === "custom_tool_call" ? [[item.call_id, item.name, item.input] as const] : [];
    }),
    stop: details?.reason ?? status ?? null,
  };
}

function ofMessage({ content, stop_reason: stop }: Anthropic.Message): SdkGist {
  return {
    text: content.map((block) => (block.type === "text" ? block.text : "")).join(""),
    calls: content.flatMap((block) =>
      block.type === "tool_use" ? [[block.id, block.name, JSON.stringify(block.input)] as const] : [],
    ),
    stop,
  };
}
