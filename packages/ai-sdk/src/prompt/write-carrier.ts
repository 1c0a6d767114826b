import type { LanguageModelV4CallOptions } from "@ai-sdk/provider";
import type { JsonObject } from "@modelyard/core";
import {
  chat,
  type ChatTarget,
  type Loss,
  messages,
  type MessagesTarget,
  responses,
  type ResponsesTarget,
  type ToolNames,
  type WireName,
  type WrittenRequest,
} from "@modelyard/wires";
import { readCall } from "./read-request.js";
import { unknownFields } from "./unknown-fields.js";

/** A call as the body of a request to a router. */
export interface Carrier {
  readonly wire: WireName;
  readonly body: JsonObject;
  /** How the body names the caller's tools. */
  readonly names: ToolNames;
  /** What the body could not carry. */
  readonly losses: readonly Loss[];
  /** Fields of the body that the caller did not ask for. Nothing is said if they are dropped. */
  readonly unasked: readonly string[];
}

/**
 * The longest answer in tokens if the caller sets no limit and the request needs one. Current models of all vendors allow
 * it; Source: https://platform.claude.com/docs/en/about-claude/models, https://platform.openai.com/docs/models.
 */
const longestAnswer = 16_384;

/** No model is known yet, so that everything is written which some deployment could use. */
const anything = { vendor: "openai", dropParams: true };
const anyResponses: Omit<ResponsesTarget, "model"> = {
  ...anything,
  reasoning: true,
  // A deployment with the same API would get them unchanged, also if its model refuses them.
  cacheMarks: false,
  penalties: false,
};
const anyChat: Omit<ChatTarget, "model"> = {
  ...anything,
  developerRole: false,
  limitField: "max_completion_tokens",
  customTools: false,
  cacheMarks: false,
  maxStops: Number.POSITIVE_INFINITY,
  // OpenAI refuses it.
  topK: false,
  takesReasoning: false,
  streamUsage: true,
  webSearch: false,
};
const anyMessages: Omit<MessagesTarget, "model"> = {
  ...anything,
  traits: {
    sampling: true,
    temperatureWithTopP: true,
    thinking: "adaptive",
    alwaysThinks: false,
    xhigh: true,
    forcedTools: true,
    jsonSchema: true,
  },
  apiVersion: "2023-06-01",
  maxTokens: longestAnswer,
  systemTurns: true,
  fitSchema: (schema) => schema,
};

/** The wires that can carry a call, the one that usually loses nothing first. */
const writers: readonly (readonly [
  wire: WireName,
  write: (request: ReturnType<typeof readCall>["request"]) => WrittenRequest,
])[] = [
  ["responses", (request) => responses.writeRequest(request, { ...anyResponses, model: request.model })],
  ["chat", (request) => chat.writeRequest(request, { ...anyChat, model: request.model })],
  [
    "messages",
    (request) => {
      const thinking = request.reasoning.mode === "budget" ? "budget" : "adaptive";
      const traits = { ...anyMessages.traits, thinking } as const;
      return messages.writeRequest(request, { ...anyMessages, traits, model: request.model });
    },
  ],
];

const weights: Readonly<Record<Loss["kind"], number>> = { refused: 100, dropped: 10, converted: 1, synthesised: 0 };

/**
 * Writes a call in the wire that carries all of it, or else the most of it. The router translates it for deployments with
 * other wires.
 */
export function writeCarrier(options: LanguageModelV4CallOptions, model: string, stream: boolean): Carrier {
  let best: Carrier | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const [wire, write] of writers) {
    const { request, losses: unread, unasked } = readCall(options, { model, wire, stream });
    const { value, names, losses } = write(request);
    const all = [...unread, ...losses, ...unknownFields(wire, request)];
    const lost = all.reduce((sum, { kind }) => sum + weights[kind], 0);
    if (lost >= least) continue;
    best = { wire, body: stream ? { ...value, stream: true } : value, names, losses: all, unasked };
    least = lost;
    if (lost === 0) break;
  }
  return best as Carrier;
}
