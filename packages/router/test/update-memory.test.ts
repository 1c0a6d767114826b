import { setImmediate } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { deploymentOptions } from "@modelyard/testing";
import { describe, expect, it } from "vitest";
import { setup } from "./support/harness.js";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

describe("a change of configuration", () => {
  it("keeps no memory of configurations before the last one, however often it happens", async () => {
    const harness = setup({ modelList: [deploymentOptions("a")] });
    const change = (id: string): WeakRef<object> => {
      const config = { modelList: [deploymentOptions("a"), deploymentOptions(id)] };
      harness.router.update({ config });
      return new WeakRef(config);
    };
    const configs = Array.from({ length: 10 }, (_, index) => change(`b-${String(index)}`));
    await harness.ask();
    // The target of a WeakRef lives at least until the end of the turn that created the reference.
    await setImmediate();
    collectGarbage();
    expect(configs.filter((config) => config.deref() !== undefined).length).toBeLessThanOrEqual(1);
  });
});
