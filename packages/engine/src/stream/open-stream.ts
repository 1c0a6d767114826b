import type { Outcome, ProviderStream, StreamPart } from "@modelyard/core";
import type { Attempt } from "../attempt/attempt.js";
import { meaningAt, reasonsOfPart } from "../attempt/finish-reasons.js";
import type { Onward } from "../attempt/onward.js";
import { rejectionOf } from "../attempt/run-attempt.js";
import { StreamSession } from "./stream-session.js";

/** Reads a stream up to its first content. @throws whatever the attempt is to be failed with */
export async function openStream(attempt: Attempt, result: ProviderStream, onward: Onward): Promise<Outcome> {
  const session = new StreamSession(attempt, result.parts);
  await session.open();
  if (isFiltered(attempt, session.opening)) await leaveFiltered(attempt, session, onward);
  return { kind: "stream", parts: session, trail: attempt.call.trail };
}

/** Whether one of these parts ended because the vendor's filter blocked it. Asked for every stream: allocates nothing. */
function isFiltered({ call, runtime }: Attempt, parts: readonly StreamPart[]): boolean {
  for (let at = 0; at < parts.length; at += 1) {
    const part = parts[at];
    if (part === undefined || part.finished <= 0) continue;
    const reasons = reasonsOfPart(part);
    for (let index = 0; index < reasons.length; index += 1)
      if (meaningAt(reasons[index] ?? "", call.row, runtime) === "filtered") return true;
  }
  return false;
}

/** Gives a blocked stream up, of which nobody has seen anything. @throws the rejection, when somebody else may try */
async function leaveFiltered(attempt: Attempt, session: StreamSession, onward: Onward): Promise<void> {
  const rejection = rejectionOf(attempt);
  if (!onward.fallback(rejection)) return;
  attempt.fail(rejection, session.spent);
  await session.return();
  throw rejection;
}
