import type { Candidate, NonEmpty } from "@modelyard/core";
import type { Affinity } from "./affinity.js";
import { capacityFor, rendezvous } from "./rendezvous.js";

/** The relative shares of new sessions that candidates get, in their order. `undefined`: they are equal. */
export type SharesOf = (candidates: NonEmpty<Candidate>) => ArrayLike<number> | undefined;

export interface NewSession {
  /** The id of the session, a hash. */
  readonly session: string;
  readonly candidates: NonEmpty<Candidate>;
  readonly sharesOf: SharesOf;
  readonly now: number;
}

/**
 * Places a session by rendezvous hashing, at the first deployment that has room: that has at most a quarter more than its share
 * of the calls in flight, and no more than its share of the calls of the last minutes.
 * @returns the deployment, and whether it is the first one of the session's order. `undefined`: none has room
 */
export function placeByHash(
  affinity: Affinity,
  { session, candidates, sharesOf, now }: NewSession,
): { readonly candidate: Candidate; readonly isFirst: boolean } | undefined {
  const shares = sharesOf(candidates);
  const whole = shares === undefined ? candidates.length : sum(shares);
  const shareOf = new Map(candidates.map((candidate, index) => [candidate, (shares?.[index] ?? 1) / whole]));
  const recent = recentCalls(affinity, shareOf, now);
  const inFlight = 1 + candidates.reduce((total, candidate) => total + candidate.inFlight, 0);
  const hasRoom = (candidate: Candidate): boolean => {
    const share = shareOf.get(candidate) ?? 0;
    return (
      candidate.inFlight < capacityFor(inFlight, share) && affinity.loadOf(candidate).recent(now) < share * (recent + 1)
    );
  };
  const first = rendezvous(session, candidates, shares);
  const found = first === undefined || hasRoom(first) ? first : rendezvous(session, candidates, shares, hasRoom);
  return found === undefined ? undefined : { candidate: found, isFirst: found === first };
}

/** The calls of the last minutes of all candidates together. */
function recentCalls(affinity: Affinity, shareOf: ReadonlyMap<Candidate, number>, now: number): number {
  let recent = 0;
  let known = 0;
  for (const [candidate, share] of shareOf) {
    const load = affinity.loadOf(candidate);
    if (load.isNew) continue;
    recent += load.recent(now);
    known += share;
  }
  if (known === 0) return 0;
  for (const [candidate, share] of shareOf) {
    const load = affinity.loadOf(candidate);
    if (load.isNew) load.begin((recent * share) / known, now);
  }
  return recent / known;
}

function sum(values: ArrayLike<number>): number {
  let total = 0;
  for (let index = 0; index < values.length; index += 1) total += values[index] ?? 0;
  return total;
}
