import type { RouterError, Surface } from "@modelyard/core";
import type { Bytes, StreamPart, StreamWriter, SurfaceAnswer } from "@modelyard/core/kit";
import { messages, type WrittenError } from "@modelyard/wires";
import { json } from "../answers.js";
import { readJson, writeAnswer } from "./json-body.js";
import { messagesModels } from "./messages-models.js";

function event(data: object): string {
  const { type } = data as { readonly type?: unknown };
  return `event: ${String(type)}\ndata: ${JSON.stringify(data)}\n\n`;
}

/** The events of a part. Bytes are sent as they came, and `chunks`, which may be parsed when it is read, is left alone. */
function writePart(part: StreamPart): Bytes {
  return part.bytes ?? part.chunks.map(event).join("");
}

/** Keeps no state, so that all streams share it. The last event of the answer also ends the stream. */
const events: StreamWriter = {
  contentType: "text/event-stream; charset=utf-8",
  ping: event({ type: "ping" }),
  part: writePart,
  end: () => undefined,
  error: (error) => event(written(error).body),
};

function written(error: RouterError, callId?: string): WrittenError {
  const { kind, message, code } = error;
  return messages.writeError({ kind, message, code }, callId);
}

function writeError(error: RouterError, callId: string | undefined): SurfaceAnswer {
  const { status, body } = written(error, callId);
  // A wrong method or encoding has a status of its own in HTTP, and no type of its own in this API.
  return json(error.kind === "bad_request" ? error.status : status, body);
}

/** Anthropic's API: its list of models, for clients that send `anthropic-version`. */
export const messagesSurface: Surface = {
  name: "messages",
  keyHeaders: ["x-api-key"],
  routes: messagesModels,
  read: readJson,
  write: writeAnswer,
  writeError,
  events: () => events,
};
