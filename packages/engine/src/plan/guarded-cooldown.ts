import type { CooldownPolicy } from "@modelyard/core";
import type { CooldownWatch } from "@modelyard/core/kit";
import type { FaultLog } from "../events/fault-log.js";

/**
 * Wraps a custom cooldown policy so that its exceptions cannot fail calls: then nothing cools down, and probes succeed.
 */
export function guardedCooldown(policy: CooldownPolicy, faults: FaultLog): CooldownPolicy {
  const { name } = policy;
  const guard = <Result>(act: () => Result, otherwise: Result): Result => {
    try {
      return act();
    } catch (cause) {
      faults.report(policy, { policy: name }, "the cooldown policy threw, so the deployment does not cool down", cause);
      return otherwise;
    }
  };
  return {
    name,
    watch: (deployment, settings) => {
      const watch = guard((): CooldownWatch | undefined => policy.watch(deployment, settings), undefined);
      return {
        failed: (failure) => guard(() => watch?.failed(failure), undefined),
        // Only `false` asks for another probe. A method that returns nothing accepts the recovery.
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
