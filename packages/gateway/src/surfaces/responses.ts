import type { RouterError, Surface } from "@modelyard/core";
import type { CallRoute, SurfaceAnswer } from "@modelyard/core/kit";
import { json } from "../answers.js";
import { codexModels } from "./codex-models.js";
import { countRoute } from "./count-tokens.js";
import { writeAnswer } from "./json-body.js";
import { readCall } from "./read-call.js";
import { ResponseEvents } from "./response-events.js";
import { placesOf, storedResponses } from "./stored-responses.js";
import { hasMessage, vendorError } from "./vendor-error.js";

const createResponse: CallRoute = {
  method: "POST",
  ...placesOf("/responses"),
  operation: "responses",
};

const compact: CallRoute = { method: "POST", ...placesOf("/responses/compact"), operation: "responses_compact" };
const inputTokens = countRoute("responses_input_tokens", placesOf("/responses/input_tokens"), {
  object: "response.input_tokens",
});

/** For a 429 without a known wait, in seconds. Codex gives up on a 429 without the header, and otherwise tries five times. */
const usualWait = "5";

function writeError(error: RouterError): SurfaceAnswer {
  const answer = vendorError(error, (body) => hasMessage(body["error"])) ?? json(error.status, error.toBody());
  // Clients of this API do not know Anthropic's status for an overload.
  const status = answer.status === 529 ? 503 : answer.status;
  const waits = status === 429 && error.retryAfterMs === undefined;
  return { ...answer, status, headers: waits ? { "retry-after": usualWait, ...answer.headers } : answer.headers };
}

/** OpenAI's Responses API. */
export const responsesSurface: Surface = {
  name: "responses",
  keyHeaders: ["x-api-key", "api-key"],
  routes: [createResponse, compact, inputTokens, codexModels, ...storedResponses],
  read: readCall,
  write: writeAnswer,
  writeError,
  events: (trail) => new ResponseEvents(trail),
};
