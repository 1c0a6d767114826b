import type { ChatCompletion, ChatCompletionChunk, JsonObject, RouterError, Surface } from "@modelyard/core";
import {
  type AnswerOutcome,
  type Bytes,
  createError,
  type StreamPart,
  type StreamWriter,
  type SurfaceCall,
} from "@modelyard/core/kit";
import { readJson } from "../../src/surfaces/json-body.js";
import { uploadedText } from "./multipart.js";

/** What an answer needs to know about its request: the model as the caller named it, and whether it is a recording. */
interface Context {
  readonly model: unknown;
  readonly spoken: boolean;
}

const encoder = new TextEncoder();

/** Begins with bytes that are not valid UTF-8. */
const recordingStart = [0xff, 0x00, 0x80];
const recordingEnd = 0xfe;

/** A recording of a text: bytes that are neither JSON nor UTF-8. */
export function recordingOf(text: string): Uint8Array {
  return new Uint8Array([...recordingStart, ...encoder.encode(text), recordingEnd]);
}

function textOf({ value }: AnswerOutcome): string {
  const { choices } = value as ChatCompletion;
  return String(choices[0]?.message.content);
}

function textIn(part: StreamPart): string {
  return (part.chunks as readonly ChatCompletionChunk[]).map(({ choices }) => choices[0]?.delta.content ?? "").join("");
}

function event(type: string, fields: object = {}): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;
}

const errorTypes: Readonly<Record<number, string>> = { 401: "authentication_error", 529: "overloaded_error" };

function statusOf({ kind, status }: RouterError): number {
  return kind === "overloaded" ? 529 : status;
}

function errorBody(error: RouterError, callId: string | undefined): JsonObject {
  const type = errorTypes[statusOf(error)] ?? "api_error";
  const id = callId === undefined ? {} : { request_id: callId };
  return { type: "error", error: { type, message: error.message }, ...id };
}

/** The first event is different from the others, so each stream needs a separate writer. */
class EventWriter implements StreamWriter {
  readonly contentType = "text/event-stream; charset=utf-8";
  readonly ping = event("ping");
  readonly #callId: string;
  readonly #model: unknown;
  #begun = false;

  constructor(callId: string, model: unknown) {
    this.#callId = callId;
    this.#model = model;
  }

  part(part: StreamPart): Bytes {
    const text = textIn(part);
    if (text === "") return "";
    const first = this.#begun ? "" : event("message_start", { message: { id: this.#callId, model: this.#model } });
    this.#begun = true;
    return `${first}${event("content_block_delta", { delta: { type: "text_delta", text } })}`;
  }

  end(): Bytes {
    return event("message_stop");
  }

  error(error: RouterError): Bytes {
    return event("error", errorBody(error, this.#callId));
  }
}

/** Sends a recording as it arrives. The format cannot contain pings or errors. */
const recordingWriter = (): StreamWriter => {
  let start: readonly number[] = recordingStart;
  return {
    contentType: "audio/x-recording",
    part: (part) => {
      const bytes = new Uint8Array([...start, ...encoder.encode(textIn(part))]);
      start = [];
      return bytes;
    },
    end: () => new Uint8Array([recordingEnd]),
    error: () => undefined,
  };
};

function readMessages({ request }: SurfaceCall): SurfaceCall<Context> {
  const { model, max_tokens: maxTokens, messages, stream, tags } = request;
  if (maxTokens === undefined) throw createError({ kind: "bad_request", message: "max_tokens: Field required" });
  return {
    request: { model, max_tokens: maxTokens, messages, ...(stream === undefined ? {} : { stream }) },
    ...(Array.isArray(tags) ? { options: { tags: tags.map(String) } } : {}),
    context: { model, spoken: false },
  };
}

/** A wire that resembles Anthropic's, and a route that takes an upload and answers with a recording. */
export const messagesSurface: Surface<Context> = {
  name: "messages",
  keyHeaders: ["x-api-key", "x-messages-key"],
  routes: [
    { method: "POST", path: "/v1/messages", aliases: ["/messages"], operation: "chat" },
    { method: "POST", path: "/v1/models/{model}/recordings/{voice...}", operation: "chat" },
    { method: "DELETE", path: "/v1/models/{model}/memories/{memory}", operation: "chat" },
    {
      method: "GET",
      path: "/v1/models",
      accepts: (head) => head.header("anthropic-version") !== undefined,
      answer: (_, { engine }) => ({
        status: 200,
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ data: engine.models().map(({ id }) => ({ type: "model", id })), has_more: false }),
      }),
    },
  ],
  read: (body, head, { params: { model, voice, memory } }) => {
    if (memory !== undefined) {
      if (body.length > 0) throw createError({ kind: "bad_request", message: "Send no body." });
      const messages = [{ role: "user", content: `Forget ${memory}.` }];
      return { request: { model, messages }, context: { model, spoken: false } };
    }
    if (model === undefined) {
      const call = readJson(body);
      return call instanceof Promise ? call.then(readMessages) : readMessages(call);
    }
    const content = uploadedText(body, head.header("content-type"));
    const stream = head.query?.("stream") === "true";
    return {
      request: { model, stream, messages: [{ role: "user", content }], metadata: { voice } },
      context: { model, spoken: true },
    };
  },
  write: (outcome, context) => {
    const text = textOf(outcome);
    if (context?.spoken === true)
      return { status: 200, headers: { "content-type": "audio/x-recording" }, body: recordingOf(text) };
    const message = { type: "message", model: context?.model, content: [{ type: "text", text }] };
    return {
      status: 200,
      headers: { "content-type": "application/json", "request-id": outcome.trail.callId },
      body: JSON.stringify(message),
    };
  },
  events: ({ callId }, context) =>
    context?.spoken === true ? recordingWriter() : new EventWriter(callId, context?.model),
  writeError: (error, callId) => ({
    status: statusOf(error),
    headers: { "content-type": "application/json" },
    body: JSON.stringify(errorBody(error, callId)),
  }),
};
