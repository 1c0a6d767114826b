import type { Surface } from "@modelyard/core";
import type { StreamOutcome } from "@modelyard/core/kit";
import { EventBody } from "./event-body.js";
import { trailHeaders } from "./headers.js";
import { type GatewayResponse, release } from "./http.js";
import type { GatewayServices } from "./services.js";

/** The answer to a request for a stream, whose events are written as they arrive. */
export function streamResponse(
  services: GatewayServices,
  surface: Surface,
  outcome: StreamOutcome,
  context: unknown,
): GatewayResponse {
  try {
    const writer = surface.events(outcome.trail, context);
    const headers = Object.assign(trailHeaders(outcome.trail), writer.headers);
    headers["content-type"] = writer.contentType;
    headers["cache-control"] = "no-cache";
    headers["x-accel-buffering"] = "no";
    const body = new EventBody(outcome, writer, services);
    return { status: 200, headers, body: services.withPings(body, writer.ping), ending: body };
  } catch (thrown) {
    void release(outcome.parts[Symbol.asyncIterator]());
    throw thrown;
  }
}
