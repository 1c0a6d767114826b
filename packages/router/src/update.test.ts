import { fails } from "@modelyard/testing";
import { describe, expect, it } from "vitest";
import { one, setup } from "./test/house.js";

describe("a change of configuration", () => {
  it("keeps the state of what stays, takes in what is new, and refuses what cannot work", async () => {
    const modelList = [one("a", { rpm: 500 }), one("b", { rpm: 500 })];
    const house = setup({ modelList });
    house.provider.script("b", fails("authentication"));
    while (!house.served().includes("b")) await house.ask();
    const used = house.router.state().groups[0]!.deployments[0]!.used.requests;
    house.router.update({ config: { modelList: [...modelList, one("c", { modelName: "new" })] } });
    const [a, b] = house.router.state().groups[0]!.deployments;
    expect([a!.used.requests, b!.health]).toEqual([used, "quarantined"]);
    await house.ask({ model: "new" });
    expect(() => {
      house.router.update({ config: { modelList: [{ modelName: "x", model: "nobody/x" }] } });
    }).toThrow("nobody");
    await house.ask({ model: "new" });
    expect(house.events.find((event) => event.type === "configuration_changed")).toMatchObject({
      added: ["c"],
      removed: [],
      kept: ["a", "b"],
    });
  });
});
