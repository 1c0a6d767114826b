import { type AnswerRoute, createError, type RequestHead } from "@modelyard/core/kit";
import { json } from "../answers.js";

/** Only what creates a response is served of the API. */
function refused(method: AnswerRoute["method"]): AnswerRoute {
  const path = "/responses/{path...}";
  return {
    method,
    path: `/v1${path}`,
    aliases: [path, `/openai${path}`, `/openai/v1${path}`],
    answer: () => {
      throw createError({
        kind: "not_found",
        code: "stored_responses_not_served",
        message:
          "Of the Responses API, only POST /v1/responses is served: stored responses cannot be read, deleted or cancelled " +
          'here, and nothing is compacted or counted. Set "store" to false, and send the whole input with each request.',
      });
    },
  };
}

/** Clients that try a WebSocket first fall back to HTTP at once after a 426. */
const webSocket: AnswerRoute = {
  method: "GET",
  path: "/v1/responses",
  aliases: ["/responses", "/openai/responses", "/openai/v1/responses"],
  answer: (head) => {
    if (!asksForWebSocket(head)) {
      const message = `${head.path.slice(0, 200)} takes POST.`;
      const error = createError({ kind: "bad_request", status: 405, code: "method_not_allowed", message });
      return json(405, error.toBody(), { allow: "POST" });
    }
    const message = 'Responses are not served over WebSocket. Send a POST, with "stream": true for a stream.';
    const error = createError({ kind: "bad_request", status: 426, code: "websocket_not_served", message });
    return json(426, error.toBody(), { upgrade: "HTTP/1.1" });
  },
};

function asksForWebSocket(head: RequestHead): boolean {
  return /(?:^|,)\s*websocket\s*(?:,|$)/iu.test(head.header("upgrade") ?? "");
}

/** The rest of the Responses API, with errors that say what to do instead. */
export const storedResponses: readonly AnswerRoute[] = [webSocket, refused("GET"), refused("POST"), refused("DELETE")];
