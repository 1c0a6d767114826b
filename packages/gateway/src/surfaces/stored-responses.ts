import type { ResourceRequest } from "@modelyard/core/kit";
import { type AnswerRoute, createError, type RequestHead } from "@modelyard/core/kit";
import { json } from "../answers.js";
import { trailHeaders } from "../headers.js";

interface ServedPath {
  readonly method: ResourceRequest["method"];
  /** Below that of the response. */
  readonly action?: string;
}

/** What is served of the responses that vendors store. */
const served: readonly ServedPath[] = [
  { method: "GET" },
  { method: "DELETE" },
  { method: "POST", action: "cancel" },
  { method: "GET", action: "input_items" },
];

/** Where a path of this API is served. */
export function placesOf(path: string): Pick<AnswerRoute, "aliases" | "path"> {
  return { path: `/v1${path}`, aliases: [path, `/openai${path}`, `/openai/v1${path}`] };
}

/** The vendor is asked at the account that stores the response. */
function storedRoute({ method, action }: ServedPath): AnswerRoute {
  return {
    method,
    ...placesOf(`/responses/{id}${action === undefined ? "" : `/${action}`}`),
    answer: async (head, { engine, params, cancellation }) => {
      if (engine.resource === undefined) throw notServed();
      const query = [...(head.queryFields?.() ?? [])];
      const { id = "" } = params;
      const request = { operation: "responses", method, id, action, query } as const;
      const { value, bytes, parts, trail } = await engine.resource(request, { cancellation });
      if (parts !== undefined) return { kind: "stream", parts, trail };
      return { ...json(200, value, trailHeaders(trail)), ...(bytes === undefined ? {} : { body: bytes }) };
    },
  };
}

function notServed(): Error {
  return createError({
    kind: "not_found",
    code: "stored_responses_not_served",
    message:
      "Of the Responses API, this server can create, read, cancel, delete and compact responses, and count their tokens. " +
      "It does not serve the other routes.",
  });
}

/** The rest of the API. */
function refused(method: AnswerRoute["method"], path: string): AnswerRoute {
  return {
    method,
    ...placesOf(`/responses/${path}`),
    answer: () => {
      throw notServed();
    },
  };
}

/** Clients that try a WebSocket first fall back to HTTP at once after a 426. */
const webSocket: AnswerRoute = {
  method: "GET",
  ...placesOf("/responses"),
  answer: (head) => {
    if (!asksForWebSocket(head)) {
      const message = `${head.path.slice(0, 200)} only accepts POST.`;
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

/** What vendors store, and the rest of the Responses API, with errors that say what to do instead. */
export const storedResponses: readonly AnswerRoute[] = [
  webSocket,
  ...served.map(storedRoute),
  // Paths with one more segment.
  refused("POST", "{id}"),
  refused("GET", "{path...}"),
  refused("POST", "{path...}"),
  refused("DELETE", "{path...}"),
];
