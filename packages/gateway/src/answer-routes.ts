import type { Surface } from "@modelyard/core";
import type { AnswerRoute, RouteAnswer } from "@modelyard/core/kit";
import { decodedBody } from "./encoded-body.js";
import { isEncoded, withHeaders } from "./headers.js";
import type { GatewayRequest, GatewayResponse } from "./http.js";
import type { Handler } from "./route-table.js";
import type { GatewayServices } from "./services.js";
import { streamResponse } from "./stream-response.js";

/** Serves a route of a surface that makes no call. */
export function answerHandler(services: GatewayServices, surface: Surface, route: AnswerRoute): Handler {
  const { engine, maxBytes } = services;
  const sent = (answer: RouteAnswer): GatewayResponse =>
    "kind" in answer ? streamResponse(services, surface, answer, undefined) : withHeaders(answer, {});
  const later = async (request: GatewayRequest, answering: Promise<RouteAnswer>): Promise<GatewayResponse> => {
    try {
      return sent(await answering);
    } catch (thrown) {
      return services.failed(surface, request, thrown);
    }
  };
  return (request, _, params) => {
    const body = (): Promise<Uint8Array> =>
      isEncoded(request) ? decodedBody(request, maxBytes) : request.body(maxBytes);
    const answer = route.answer(request, { engine, params, cancellation: request.cancellation, body });
    return answer instanceof Promise ? later(request, answer) : sent(answer);
  };
}
