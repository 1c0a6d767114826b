import { answers, fails } from "@modelyard/testing";
import { describe, expect, it } from "vitest";
import { failure, one, setup } from "./test/house.js";

describe("cooldowns", () => {
  it("makes no pick while a deployment cools, then sends one probe, then lets it back slowly", async () => {
    const house = setup({ modelList: [one("a"), one("b")], allowedFails: 0, cooldownMs: 60_000, slowStartMs: 0 });
    house.provider.script("a", fails("internal_server"), answers());
    while (!house.served().includes("a")) await house.ask();
    const before = house.served().filter((id) => id === "a").length;
    for (let count = 0; count < 2_000; count += 1) await house.ask();
    expect(house.served().filter((id) => id === "a")).toHaveLength(before);
    expect(house.router.state().groups[0]?.deployments[0]).toMatchObject({
      health: "cooling",
      reason: "internal_server",
    });
    await house.clock.advance(60_000);
    while (house.served().filter((id) => id === "a").length === before) await house.ask();
    expect(house.types()).toContain("deployment_probing");
    expect(house.types()).toContain("deployment_recovered");
    expect(house.router.state().groups[0]?.deployments[0]?.health).toBe("healthy");
  });

  it("leaves a lone deployment alone, and benches it when a fallback exists", async () => {
    const alone = setup({ modelList: [one("a")], allowedFails: 0, numRetries: 0 });
    alone.provider.script("a", fails("internal_server"));
    for (let count = 0; count < 5; count += 1) expect((await failure(alone.ask())).kind).toBe("internal_server");
    expect(alone.provider.calls).toHaveLength(5);
    const helped = setup({
      modelList: [one("a"), one("b", { modelName: "other" })],
      fallbacks: { "gpt-4": ["other"] },
      allowedFails: 0,
      numRetries: 0,
    });
    helped.provider.script("a", fails("internal_server"));
    for (let count = 0; count < 5; count += 1) await helped.ask();
    expect(helped.served()).toEqual(["a", "b", "b", "b", "b", "b"]);
  });

  it("leaves at most half of a group out for failures alone, and any number for limits", async () => {
    const list = ["a", "b", "c", "d"].map((id) => one(id));
    const failing = setup({ modelList: list, allowedFails: 0, numRetries: 0, cooldownMs: 60_000 });
    failing.provider.script("*", fails("internal_server"));
    for (let count = 0; count < 40; count += 1) await failure(failing.ask());
    expect(failing.router.state().groups[0]?.deployments.filter((entry) => entry.health === "cooling")).toHaveLength(2);
    const limited = setup({ modelList: list, numRetries: 0, cooldownMs: 60_000 });
    limited.provider.script("*", fails("rate_limit"));
    for (let count = 0; count < 40; count += 1) await failure(limited.ask());
    expect(limited.provider.calls).toHaveLength(4);
    const error = await failure(limited.ask());
    expect(error).toMatchObject({ kind: "no_deployment_available", status: 429 });
    expect(error.retryAfterMs).toBe(60_000);
  });

  it("quarantines a bad key apart from load, also when a count is set", async () => {
    const house = setup({ modelList: [one("a"), one("b")], allowedFails: 100 });
    house.provider.script("a", fails("authentication"));
    while (!house.served().includes("a")) await house.ask();
    expect(house.router.state().groups[0]?.deployments[0]).toMatchObject({
      health: "quarantined",
      reason: "authentication",
    });
  });
});
