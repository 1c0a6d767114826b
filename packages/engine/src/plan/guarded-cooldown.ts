import type { CooldownPolicy } from "@modelyard/core";
import type { CooldownWatch } from "@modelyard/core/kit";
import type { FaultLog } from "../events/fault-log.js";

/**
 * Wraps a user's cooldown policy so that it cannot harm a call. If it throws, nothing cools down, and probes restore.
 */
export function guardedCooldown(policy: CooldownPolicy, faults: FaultLog): CooldownPolicy {
  const { name } = policy;
  const guard = <Result>(act: () => Result, otherwise: Result): Result => {
    try {
      return act();
    } catch (cause) {
      faults.tell(policy, { policy: name }, "the cooldown policy threw, and nothing cools down by it", cause);
      return otherwise;
    }
  };
  return {
    name,
    watch: (deployment, settings) => {
      const watch = guard((): CooldownWatch | undefined => policy.watch(deployment, settings), undefined);
      return {
        failed: (failure) => guard(() => watch?.failed(failure), undefined),
        // Only `false` means another probe. A method that returns nothing has no objection.
        succeeded: (now, probe) => guard<unknown>(() => watch?.succeeded(now, probe), true) !== false,
        shared: (cooldown) => guard(() => watch?.shared(cooldown), undefined),
        failures: (now) => guard(() => watch?.failures(now) ?? 0, 0),
        configure: (changed) => {
          guard(() => watch?.configure(changed), undefined);
        },
      };
    },
  };
}
