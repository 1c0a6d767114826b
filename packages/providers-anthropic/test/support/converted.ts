import type { ChatMessage, JsonObject } from "@modelyard/core";
import type { DropParams, MaybePromise, Refusals } from "@modelyard/core/kit";
import type { HttpExchange, SentChat } from "@modelyard/provider-kit";
import { anthropicVendor } from "../../src/anthropic-vendor.js";
import { callOf, deployment } from "./replay.js";

export interface ConvertOptions {
  readonly model: string;
  /** The base model of the deployment. */
  readonly traitsModel: string;
  readonly apiVersion: string;
  /** Whether the beta feature for thinking between tool calls is on. */
  readonly interleaved: boolean;
  readonly refuses: Refusals | undefined;
  readonly stream: boolean;
  readonly dropParams: DropParams;
  readonly allowedParams: readonly string[];
  readonly omittedFields: readonly string[];
  readonly maxTokens: number;
}

/** What is sent for a chat. */
export interface ConvertedRequest {
  readonly body: JsonObject;
  readonly dropped: readonly string[];
  readonly answersByTool: boolean;
}

export interface Block {
  readonly type: string;
  readonly text?: string;
  readonly id?: string;
  readonly tool_use_id?: string;
  readonly input?: unknown;
}

export interface Turn {
  readonly role: "user" | "assistant";
  readonly content: readonly Block[];
}

export interface ConvertedMessages {
  readonly system: readonly Block[] | undefined;
  readonly messages: readonly Turn[];
  /** The tools that were called, which are declared without being callable. */
  readonly tools: unknown;
}

const usual: ConvertOptions = {
  model: "claude-sonnet-4-5",
  traitsModel: "claude-sonnet-4-5",
  apiVersion: "2023-06-01",
  interleaved: false,
  refuses: undefined,
  stream: false,
  dropParams: false,
  allowedParams: [],
  omittedFields: [],
  maxTokens: 100,
};

function vendorFor(request: JsonObject, options: ConvertOptions) {
  const { model, traitsModel, apiVersion, interleaved, refuses, stream, dropParams, allowedParams, omittedFields } =
    options;
  const vendor = anthropicVendor({ maxTokens: options.maxTokens });
  const beta = interleaved ? { anthropic_beta: "interleaved-thinking-2025-05-14" } : {};
  const changed = { model, baseModel: traitsModel, settings: beta, ...(refuses === undefined ? {} : { refuses }) };
  const call = callOf(
    { ...(stream ? { stream } : {}), ...request },
    { deployment: deployment(changed, { apiVersion }), model, stream, dropParams, allowedParams, omittedFields },
  );
  const endpoint = vendor.endpoint?.("chat", call.deployment, model);
  if (endpoint === undefined) throw new TypeError("the vendor has no endpoint");
  return { vendor, call, endpoint };
}

/** The conversion of a request, which takes several turns of the event loop if it is long. */
export function convertEventually(
  request: JsonObject,
  options: ConvertOptions = usual,
): MaybePromise<ConvertedRequest> {
  const { vendor, call, endpoint } = vendorFor(request, options);
  const exchange = { facts: undefined as unknown } as HttpExchange<SentChat>;
  const read = (body: Uint8Array | string): ConvertedRequest => ({
    body: JSON.parse(typeof body === "string" ? body : Buffer.from(body).toString()) as JsonObject,
    dropped: exchange.dropped ?? [],
    answersByTool: exchange.facts.names?.answeredBy !== undefined,
  });
  const written = vendor.operations.chat?.write(call, exchange, endpoint) ?? "{}";
  return written instanceof Promise ? written.then(read) : read(written);
}

/** The conversion of a request that is short enough to be converted at once. */
export function convertRequest(request: JsonObject, options: ConvertOptions = usual): ConvertedRequest {
  const converted = convertEventually(request, options);
  if (converted instanceof Promise) throw new TypeError("the request is not converted at once");
  return converted;
}

/** The same for a conversation alone. */
export function convertMessagesEventually(messages: readonly ChatMessage[]): MaybePromise<ConvertedMessages> {
  const converted = convertEventually({ messages });
  return converted instanceof Promise ? converted.then(conversationOf) : conversationOf(converted);
}

export function convertMessages(messages: readonly ChatMessage[]): ConvertedMessages {
  return conversationOf(convertRequest({ messages }));
}

function conversationOf({ body }: ConvertedRequest): ConvertedMessages {
  const { system, messages, tools } = body;
  const instructions = typeof system === "string" ? [{ type: "text", text: system }] : system;
  return { system: instructions as readonly Block[] | undefined, messages: messages as readonly Turn[], tools };
}

/** The fields of a request that are refused unless they may be dropped, as the router learns them beforehand. */
export function unsupportedFields(request: JsonObject, options: ConvertOptions): readonly string[] {
  const { vendor, call, endpoint } = vendorFor(request, options);
  return vendor.unsupportedFields?.("chat", call, endpoint) ?? [];
}
