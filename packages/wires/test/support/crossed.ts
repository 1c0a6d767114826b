import { chat, type MessagesTarget, messages, responses, type WireName } from "../../src/index.js";
import type { JsonObject } from "../../src/json.js";
import { bare } from "../fields.js";
import { claude, hostChat, openaiChat, openaiResponses } from "../targets.js";

const read = { chat: chat.readRequest, responses: responses.readRequest, messages: messages.readRequest };

export interface Options {
  readonly dropParams?: boolean;
  readonly host?: boolean;
  readonly cacheMarks?: boolean;
  readonly claude?: Partial<MessagesTarget>;
}

export interface Crossed {
  readonly value: JsonObject;
  readonly losses: readonly string[];
  /** The reasons of the losses. */
  readonly why: readonly string[];
}

/** A request of one wire, with more fields than it needs, written for another. Losses are `KIND PATH`. */
export function crossed(from: WireName, to: WireName, fields: JsonObject, options: Options = {}): Crossed {
  const { dropParams = false, host = false, cacheMarks = false } = options;
  const request = read[from]({ ...bare[from], ...fields });
  const written =
    to === "chat"
      ? chat.writeRequest(request, { ...(host ? hostChat : openaiChat), dropParams, cacheMarks })
      : to === "responses"
        ? responses.writeRequest(request, { ...openaiResponses, dropParams, cacheMarks })
        : messages.writeRequest(request, { ...claude, ...options.claude, dropParams });
  return {
    why: written.losses.map(({ why }) => why),
    value: JSON.parse(JSON.stringify(written.value)) as JsonObject,
    losses: written.losses.map(({ path, kind }) => `${kind} ${path}`),
  };
}
