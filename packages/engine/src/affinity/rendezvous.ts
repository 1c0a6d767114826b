import type { Candidate } from "@modelyard/core";

/** How far a deployment may be above its share of the load before new sessions go elsewhere. */
export const balance = 1.25;

/**
 * How much load a deployment may have if all together have `load`, the newcomer included: its share, and a quarter more
 * (consistent hashing with bounded loads, https://arxiv.org/abs/1608.01350).
 * @param share - its part of the whole, from 0 to 1
 */
export function capacityFor(load: number, share: number): number {
  return Math.ceil(balance * load * share);
}

/** A number in (0, 1) that depends on nothing but both texts. */
function drawOf(session: string, deploymentId: string): number {
  let low = 0x811c_9dc5;
  let high = 0x9e37_79b9;
  for (const text of [session, deploymentId]) {
    for (let index = 0; index < text.length; index += 1) {
      low = Math.imul(low ^ text.charCodeAt(index), 0x0100_0193);
      high = Math.imul(high ^ low, 0x85eb_ca6b);
    }
    low = Math.imul(low ^ 0xff, 0x0100_0193);
  }
  low ^= high >>> 15;
  low = Math.imul(low ^ (low >>> 16), 0x7feb_352d);
  low = Math.imul(low ^ (low >>> 15), 0x846c_a68b);
  return (((low ^ (low >>> 16)) >>> 0) + 0.5) / 2 ** 32;
}

/**
 * Chooses a candidate for a session by rendezvous hashing: every process chooses the same of the same deployments, and one
 * deployment more or less moves only the sessions that it gets or had.
 * @param shares - relative shares of the sessions. `undefined`: equal ones
 * @param includes - which candidates are considered. Not set: all of them
 */
export function rendezvous(
  session: string,
  candidates: readonly Candidate[],
  shares?: ArrayLike<number>,
  includes?: (candidate: Candidate) => boolean,
): Candidate | undefined {
  let best: Candidate | undefined;
  let lowest = Number.POSITIVE_INFINITY;
  for (const [index, candidate] of candidates.entries()) {
    const share = shares?.[index] ?? 1;
    if (!(share > 0) || includes?.(candidate) === false) continue;
    const { id } = candidate.deployment;
    // Each deployment is first with a probability in proportion to its share.
    const rank = -Math.log(drawOf(session, id)) / share;
    if (rank > lowest || (rank === lowest && best !== undefined && id > best.deployment.id)) continue;
    best = candidate;
    lowest = rank;
  }
  return best;
}
