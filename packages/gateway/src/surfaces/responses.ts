import type { RouterError, Surface } from "@modelyard/core";
import type { CallRoute, SurfaceAnswer } from "@modelyard/core/kit";
import { json } from "../answers.js";
import { writeAnswer } from "./json-body.js";
import { readCall } from "./read-call.js";
import { ResponseEvents } from "./response-events.js";
import { storedResponses } from "./stored-responses.js";
import { hasMessage, vendorError } from "./vendor-error.js";

const createResponse: CallRoute = {
  method: "POST",
  path: "/v1/responses",
  aliases: ["/responses", "/openai/responses", "/openai/v1/responses"],
  operation: "responses",
};

/** For a 429 without a known wait, in seconds. Codex gives up on a 429 without the header, and otherwise tries five times. */
const usualWait = "5";

function writeError(error: RouterError): SurfaceAnswer {
  const answer = vendorError(error, (body) => hasMessage(body["error"])) ?? json(error.status, error.toBody());
  // Clients of this API do not know Anthropic's status for an overload.
  const status = answer.status === 529 ? 503 : answer.status;
  const waits = status === 429 && error.retryAfterMs === undefined;
  return { ...answer, status, headers: waits ? { "retry-after": usualWait, ...answer.headers } : answer.headers };
}

/** OpenAI's Responses API, without what it stores. */
export const responsesSurface: Surface = {
  name: "responses",
  keyHeaders: ["x-api-key", "api-key"],
  routes: [createResponse, ...storedResponses],
  read: readCall,
  write: writeAnswer,
  writeError,
  events: (trail) => new ResponseEvents(trail),
};
