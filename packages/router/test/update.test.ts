import { leastBusy } from "@modelyard/strategies";
import { deploymentOptions, fails } from "@modelyard/testing";
import { describe, expect, it } from "vitest";
import { setup } from "./support/harness.js";

describe("a change of configuration", () => {
  it("keeps the state of deployments that stay, adds new ones, and refuses invalid settings", async () => {
    const modelList = [deploymentOptions("a", { rpm: 500 }), deploymentOptions("b", { rpm: 500 })];
    const harness = setup({ modelList });
    harness.provider.script("b", fails("authentication"));
    while (!harness.served().includes("b")) await harness.ask();
    const used = harness.router.state().groups[0]!.deployments[0]!.used.requests;
    harness.router.update({ config: { modelList: [...modelList, deploymentOptions("c", { modelName: "new" })] } });
    const [a, b] = harness.router.state().groups[0]!.deployments;
    expect([a!.used.requests, b!.health]).toEqual([used, "quarantined"]);
    await harness.ask({ model: "new" });
    expect(() => {
      harness.router.update({ config: { modelList: [{ modelName: "x", model: "nobody/x" }] } });
    }).toThrow("nobody");
    await harness.ask({ model: "new" });
    expect(harness.events.find((event) => event.type === "configuration_changed")).toMatchObject({
      added: ["c"],
      removed: [],
      kept: ["a", "b"],
    });
  });

  it("keeps the id and the state of a deployment when only its metadata change", () => {
    const named = { modelName: "gpt-4", model: "openai/x" };
    const harness = setup({ modelList: [named] });
    const [before] = harness.router.deployments();
    harness.router.update({ config: { modelList: [{ ...named, info: { mode: "chat" } }] } });
    expect(harness.router.deployments()).toEqual([{ ...before, info: { mode: "chat" } }]);
  });

  it.each([
    [
      "a misspelled setting inside another",
      { config: { modelList: [deploymentOptions("a")], timeouts: { idle: 5 } } },
      "timeouts.idle:",
    ],
    [
      "a misspelled class of failure",
      { config: { modelList: [deploymentOptions("a")], retryPolicy: { Timout: 1 } } },
      'Did you mean "Timeout"',
    ],
    [
      "a strategy that was not made",
      { config: { modelList: [deploymentOptions("a")] }, strategy: leastBusy },
      "Did you mean leastBusy()?",
    ],
    [
      "a strategy for a group that is gone",
      { config: { modelList: [deploymentOptions("a")] }, groupStrategies: { "gpt-5": leastBusy() } },
      'groupStrategies.gpt-5: there is no model group "gpt-5". Did you mean "gpt-4"',
    ],
    [
      "a setting outside the configuration",
      { modelList: [deploymentOptions("a")] },
      "modelList: it is part of config. Write update({ config: { modelList",
    ],
    ["no configuration", {}, "config: expected an object, got undefined"],
    [
      "a strategy in the configuration",
      { config: { modelList: [deploymentOptions("a")], strategy: leastBusy() } },
      "Pass it separately: update({ config, strategy })",
    ],
    [
      "what cannot change",
      { config: { modelList: [deploymentOptions("a")], filters: [] } },
      "filters: it cannot change while the router runs",
    ],
  ])("explains %s, and changes nothing", async (_, change, message) => {
    const harness = setup({ modelList: [deploymentOptions("a")] });
    expect(() => {
      harness.router.update(change as unknown as Parameters<typeof harness.router.update>[0]);
    }).toThrow(message);
    await harness.ask();
    expect(harness.types()).not.toContain("configuration_changed");
  });
});
