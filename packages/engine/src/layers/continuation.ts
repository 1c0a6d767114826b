import type { Outcome } from "@modelyard/core/kit";
import type { Call } from "../call/call.js";
import { type Continuing, continuationWays, ContinuedStream } from "../stream/continued-stream.js";
import { StreamSession } from "../stream/stream-session.js";
import type { Layer, Next } from "./layer.js";

/**
 * Lets another deployment continue a stream that breaks in the middle, if the request or the configuration asks for
 * that.
 */
export const continuation: Layer = (call, next) => {
  const { continuation: how } = call.row;
  if (how === undefined) return next(call);
  const ways = continuationWays(call);
  return ways.length === 0 ? next(call) : continued(call, next, { how, ways });
};

async function continued(call: Call, next: Next, continuing: Continuing): Promise<Outcome> {
  const outcome = await next(call);
  if (outcome.kind !== "stream" || !(outcome.parts instanceof StreamSession)) return outcome;
  const parts = new ContinuedStream(call, { ...continuing, session: outcome.parts, again: () => next(call) });
  return { ...outcome, parts };
}
