import type { JsonObject } from "@modelyard/core";
import { callsTools, replies, type Upstream, type UpstreamCall } from "@modelyard/testing";

/** What the scripted model says and calls. */
export const said = {
  text: "It is sunny in Paris today.",
  thought: "The user wants to know the weather.",
  call: { id: "call_weather_1", name: "get_weather", arguments: '{"location":"Paris"}' },
  json: '{"city":"Paris","sunny":true}',
} as const;

/** Makes the vendors answer as a model would: with reasoning, calls or JSON if the request asks for them. */
export function scriptModel(upstream: Upstream): void {
  const usage = {
    prompt_tokens: 20,
    completion_tokens: 10,
    total_tokens: 30,
    prompt_tokens_details: { cached_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: 4 },
  };
  upstream.script({}, replies(said.text, { usage }));
  upstream.script({ when: wantsReasoning }, replies(said.text, { usage, reasoning: said.thought }));
  upstream.script({ when: wantsJson }, replies(said.json, { usage }));
  upstream.script({ when: offersWeather }, callsTools([said.call], { usage }));
}

function objectsIn(value: unknown): readonly JsonObject[] {
  return Array.isArray(value) ? (value as readonly JsonObject[]) : [];
}

function field(value: unknown, ...names: readonly string[]): unknown {
  return names.reduce<unknown>((object, name) => (object as JsonObject | null | undefined)?.[name], value);
}

/** Whether a request offers the weather tool, and does not already have its result. */
function offersWeather({ body }: UpstreamCall): boolean {
  const { tools, messages, input } = body;
  const offered = objectsIn(tools).some((tool) => (tool["name"] ?? field(tool, "function", "name")) === said.call.name);
  return offered && !JSON.stringify(messages ?? input).includes(said.call.id);
}

function wantsReasoning({ body }: UpstreamCall): boolean {
  const { reasoning_effort: effort = field(body, "reasoning", "effort") ?? "none" } = body;
  const thinking = field(body, "thinking", "type") ?? "disabled";
  return effort !== "none" || thinking !== "disabled";
}

function wantsJson({ body }: UpstreamCall): boolean {
  const format =
    field(body, "response_format", "type") ??
    field(body, "text", "format", "type") ??
    field(body, "output_config", "format", "type") ??
    field(body, "output_format", "type");
  return format === "json_schema";
}
