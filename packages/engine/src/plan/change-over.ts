import type { EventOf, Strategy } from "@modelyard/core";
import type { Snapshot } from "./snapshot.js";
import type { FaultLog } from "../events/fault-log.js";

/**
 * New strategies get what strategies of the same name have learned: that of their group, or else of any. If that fails,
 * they start from nothing.
 */
export function handOver(previous: Snapshot, next: Snapshot, faults: FaultLog): void {
  const serving = ({ groups }: Snapshot, strategy: Strategy): readonly string[] =>
    [...groups.values()].filter((group) => group.strategy === strategy).map((group) => group.name);
  for (const strategy of next.strategies) {
    if (previous.strategies.has(strategy) || strategy.restore === undefined) continue;
    const mine = serving(next, strategy);
    const alike = [...previous.strategies].filter((one) => one.name === strategy.name && one.snapshot !== undefined);
    const before = alike.find((one) => serving(previous, one).some((name) => mine.includes(name))) ?? alike[0];
    if (before === undefined) continue;
    try {
      strategy.restore(before.snapshot?.());
    } catch (cause) {
      const { name } = strategy;
      faults.tell(
        strategy,
        { strategy: name },
        "the strategy failed to take over what it had learned, and begins anew",
        cause,
      );
    }
  }
}

/** Ids of the deployments that were added, removed and kept. */
export function difference(
  previous: Snapshot,
  next: Snapshot,
): Pick<EventOf<"configuration_changed">, "added" | "removed" | "kept"> {
  const ids = ({ runtimes }: Snapshot): Set<string> => new Set(runtimes.map((runtime) => runtime.deployment.id));
  const [before, after] = [ids(previous), ids(next)];
  return {
    added: [...after].filter((id) => !before.has(id)),
    removed: [...before].filter((id) => !after.has(id)),
    kept: [...after].filter((id) => before.has(id)),
  };
}
