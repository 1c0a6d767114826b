import { RouterError, type Surface } from "@modelyard/core";
import { createError, type SurfaceAnswer } from "@modelyard/core/kit";
import { isStatus, trailHeaders, withHeaders } from "./headers.js";
import type { GatewayResponse } from "./http.js";

export function json(status: number, value: unknown, headers: Readonly<Record<string, string>> = {}): SurfaceAnswer {
  return { status, headers: { "content-type": "application/json", ...headers }, body: JSON.stringify(value) };
}

/** Anything thrown, as a `RouterError`. The text of other errors is not meant for clients, so they do not see it. */
export function toRouterError(thrown: unknown): RouterError {
  if (RouterError.isInstance(thrown)) return thrown;
  return createError({ kind: "internal_server", message: "Internal gateway error.", cause: thrown });
}

/** An error as `surface` writes it, with the headers that clients and people look for. */
export function errorAnswer(
  surface: Surface,
  thrown: unknown,
  extra: Readonly<Record<string, string>> = {},
): GatewayResponse {
  const error = toRouterError(thrown);
  const headers: Record<string, string> = error.trail === undefined ? {} : trailHeaders(error.trail);
  if (error.retryAfterMs !== undefined) {
    headers["retry-after"] = String(Math.ceil(error.retryAfterMs / 1000));
    // The exact time, for clients that read it: the SDKs of the vendors whose wires are served prefer it to the other header.
    headers["retry-after-ms"] = String(Math.ceil(error.retryAfterMs));
  }
  // Those SDKs retry every 429 unless this header says otherwise, and retrying does not refill an account.
  if (error.kind === "quota_exhausted") headers["x-should-retry"] = "false";
  const answer = surface.writeError(error, error.trail?.callId ?? extra["x-litellm-call-id"]);
  // A status that is not one of HTTP, or that does not mean a failure, becomes a 500.
  const sendable = isStatus(answer.status) && answer.status >= 400;
  return withHeaders(sendable ? answer : { ...answer, status: 500 }, Object.assign(headers, extra));
}
