import type { LanguageModelV4CallOptions } from "@ai-sdk/provider";
import type { JsonObject } from "@modelyard/core";
import {
  type HubFormat,
  type HubReasoning,
  type HubRequest,
  isStrict,
  type Loss,
  type WireName,
} from "@modelyard/wires";
import { given } from "../given.js";
import { LossList } from "./loss-list.js";
import { readPrompt } from "./read-prompt.js";
import { type ProviderSettings, readProviderOptions } from "./read-provider-options.js";
import { readTools } from "./read-tools.js";
import { includesOf } from "./vendor-tools.js";

export interface ReadCall {
  readonly request: HubRequest;
  readonly losses: readonly Loss[];
  /** Fields of the request that the caller did not ask for. */
  readonly unasked: readonly string[];
}

/** Where the wires say how reasoning is shown. */
const shownAt: Readonly<Record<WireName, string>> = {
  chat: "reasoning_effort.summary",
  responses: "reasoning.summary",
  messages: "thinking.display",
};

export interface CallReading {
  /** The name that the caller asked for. */
  readonly model: string;
  /** The wire of the request that will carry it. */
  readonly wire: WireName;
  readonly stream: boolean;
}

/** Reads a call of the AI SDK into the types that all wires are written from. */
export function readCall(options: LanguageModelV4CallOptions, { model, wire, stream }: CallReading): ReadCall {
  const losses = new LossList();
  const settings = readProviderOptions(options.providerOptions, losses);
  const { maxOutputTokens } = options;
  const reasoning: HubReasoning = { ...readEffort(options), ...settings.reasoning };
  const request: HubRequest = {
    wire,
    model,
    ...readPrompt(options.prompt, { wire, losses, tools: options.tools }),
    ...readTools(options, { wire, losses }),
    ...given({ parallelToolCalls: settings.parallelToolCalls }),
    output: { ...settings.output, ...given({ format: readFormat(options, settings) }) },
    sampling: { ...settings.sampling, ...readSampling(options) },
    limits: given({ maxOutputTokens, maxToolCalls: settings.maxToolCalls }),
    reasoning: wire === "chat" ? reasoning : { ...given({ show: showUnasked(reasoning) }), ...reasoning },
    // Nothing is stored unless the caller asks for it: reasoning comes back in encrypted form instead.
    state: { store: false, ...settings.state },
    caching: settings.caching ?? {},
    context: settings.context ?? {},
    identity: settings.identity ?? {},
    service: settings.service ?? {},
    stream: { on: stream, ...(stream ? { usage: true } : {}) },
    wants: wire === "responses" ? wantsOf(options, settings) : [],
    extra: {},
  };
  return { request, losses: losses.all, unasked: unaskedIn(wire, settings) };
}

function unaskedIn(wire: WireName, { reasoning, include }: ProviderSettings): readonly string[] {
  return [...(reasoning?.show === undefined ? [shownAt[wire]] : []), ...(include === undefined ? ["include"] : [])];
}

function wantsOf(options: LanguageModelV4CallOptions, settings: ProviderSettings): HubRequest["wants"] {
  const values = [...new Set([...includesOf(options.tools), ...(settings.include ?? [])])];
  return [
    ...(isAboutReasoning(options, settings) ? ["encrypted_reasoning" as const] : []),
    ...values.map((value) => ({ wire: "responses" as const, value })),
  ];
}

/** Whether reasoning must come back in encrypted form. Models that do not reason refuse to be asked for it. */
function isAboutReasoning({ prompt, reasoning }: LanguageModelV4CallOptions, settings: ProviderSettings): boolean {
  const asked = settings.reasoning?.effort ?? settings.reasoning?.mode ?? settings.reasoning?.show ?? reasoning;
  if (asked !== undefined) return asked !== "none" && asked !== "off" && asked !== "provider-default";
  return prompt.some(({ role, content }) => role === "assistant" && content.some(({ type }) => type === "reasoning"));
}

function readSampling(options: LanguageModelV4CallOptions): HubRequest["sampling"] {
  const { temperature, topP, topK, stopSequences, frequencyPenalty, presencePenalty, seed } = options;
  const stop = stopSequences?.length === 0 ? undefined : stopSequences;
  return given({ temperature, topP, topK, stop, frequencyPenalty, presencePenalty, seed });
}

function readFormat(
  { responseFormat: format }: LanguageModelV4CallOptions,
  { strict }: ProviderSettings,
): HubFormat | undefined {
  if (format?.type !== "json") return undefined;
  const { schema, name, description } = format;
  if (schema === undefined) return { type: "json" };
  const written = schema as JsonObject;
  // The model is held to the schema wherever that is possible.
  return {
    type: "json_schema",
    schema: written,
    strict: strict ?? isStrict(written),
    ...given({ name, description }),
  };
}

/** How reasoning is shown that is asked for without saying it: as by the SDK's own providers. */
function showUnasked({ effort, mode, show }: HubReasoning): HubReasoning["show"] {
  return show !== undefined || effort === undefined || effort === "none" || mode === "off" ? undefined : "detailed";
}

function readEffort({ reasoning }: LanguageModelV4CallOptions): HubReasoning {
  if (reasoning === undefined || reasoning === "provider-default") return {};
  return reasoning === "none" ? { mode: "off" } : { effort: reasoning };
}
