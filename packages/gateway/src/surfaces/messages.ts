import type { RouterError, Surface } from "@modelyard/core";
import type { AnswerOutcome, CallRoute, SurfaceAnswer } from "@modelyard/core/kit";
import { messages } from "@modelyard/wires";
import { json } from "../answers.js";
import { withAskedModel } from "./asked-model.js";
import { countRoute } from "./count-tokens.js";
import { writeAnswer } from "./json-body.js";
import { isMessageError, MessageEvents, requestIdOf } from "./message-events.js";
import { messagesModels } from "./messages-models.js";
import { readCall } from "./read-call.js";
import { vendorError } from "./vendor-error.js";

const createMessage: CallRoute = {
  method: "POST",
  path: "/v1/messages",
  aliases: ["/messages", "/anthropic/v1/messages"],
  operation: "messages",
};

const countTokens = countRoute("messages_count_tokens", {
  path: "/v1/messages/count_tokens",
  aliases: ["/messages/count_tokens", "/anthropic/v1/messages/count_tokens"],
});

function withRequestId(answer: SurfaceAnswer, callId: string | undefined): SurfaceAnswer {
  return callId === undefined ? answer : { ...answer, headers: { ...answer.headers, "request-id": callId } };
}

function write(outcome: AnswerOutcome): SurfaceAnswer | Promise<SurfaceAnswer> {
  const callId = requestIdOf(outcome.trail);
  const answer = writeAnswer(withAskedModel(outcome));
  return answer instanceof Promise
    ? answer.then((written) => withRequestId(written, callId))
    : withRequestId(answer, callId);
}

function writeError(error: RouterError, callId: string | undefined): SurfaceAnswer {
  const passedOn = vendorError(error, isMessageError);
  // The vendor's own id is the one by which its support finds the call.
  if (passedOn?.headers["request-id"] !== undefined) return passedOn;
  if (passedOn !== undefined) return withRequestId(passedOn, callId);
  const { kind, message, code, status } = error;
  const written = messages.writeError({ kind, message, code }, callId);
  // A wrong method or encoding has a status of its own in HTTP, and no type of its own in this API.
  return withRequestId(json(kind === "bad_request" ? status : written.status, written.body), callId);
}

/** Anthropic's API: Messages, counts of their tokens, and its list of models, for clients that send `anthropic-version`. */
export const messagesSurface: Surface = {
  name: "messages",
  keyHeaders: ["x-api-key"],
  routes: [createMessage, countTokens, ...messagesModels],
  read: readCall,
  write,
  writeError,
  events: (trail) => new MessageEvents(trail),
};
