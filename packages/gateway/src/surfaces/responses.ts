import type { RouterError, Surface } from "@modelyard/core";
import type { CallRoute, SurfaceAnswer } from "@modelyard/core/kit";
import { json } from "../answers.js";
import { writeAnswer } from "./json-body.js";
import { readCall } from "./read-call.js";
import { ResponseEvents } from "./response-events.js";
import { storedResponses } from "./stored-responses.js";

const createResponse: CallRoute = {
  method: "POST",
  path: "/v1/responses",
  aliases: ["/responses", "/openai/responses", "/openai/v1/responses"],
  operation: "responses",
};

/** For a 429 without a known wait, in seconds. Codex gives up on a 429 without the header, and otherwise tries five times. */
const usualWait = "5";

function writeError(error: RouterError): SurfaceAnswer {
  const waits = error.status === 429 && error.retryAfterMs === undefined;
  return json(error.status, error.toBody(), waits ? { "retry-after": usualWait } : {});
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
