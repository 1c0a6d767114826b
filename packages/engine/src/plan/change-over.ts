import type { EventOf, Strategy } from "@modelyard/core";
import type { Snapshot } from "./snapshot.js";
import type { FaultLog } from "../events/fault-log.js";

/**
 * Passes the state of replaced strategies to new ones with the same name: that of the same group if possible, otherwise
 * that of any group. A strategy that throws in `restore` starts without state.
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
      faults.report(
        strategy,
        { strategy: name },
        "the strategy failed to restore its state and starts without it",
        cause,
      );
    }
  }
}

/** The ids of added, removed and kept deployments. */
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
