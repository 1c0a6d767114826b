import { answers, deploymentOptions, fails, failure } from "@modelyard/testing";
import { describe, expect, it } from "vitest";
import { type Harness, type HarnessOptions, setup, trailOf } from "./support/harness.js";

const claude = (id: string) => deploymentOptions(id, { model: "openai/claude", order: 1 });
const gpt = deploymentOptions("gpt", { order: 2 });

/** A group whose first deployments refuse a field that the others accept. */
function mixed(options: Partial<HarnessOptions> = {}): Harness {
  const harness = setup({ modelList: [claude("c1"), claude("c2"), claude("c3"), claude("c4"), gpt], ...options });
  for (const id of ["c1", "c2", "c3", "c4"]) harness.provider.script(id, fails("unsupported_params"));
  harness.provider.script("gpt", answers("good"));
  return harness;
}

describe("a field that a vendor refuses", () => {
  it("is sent to a deployment of another model, without trying all deployments of the refusing one", async () => {
    const harness = mixed();
    const answer = await harness.ask();
    expect(answer).toMatchObject({ choices: [{ message: { content: "good" } }] });
    expect(trailOf(answer).attempts.map(({ outcome }) => outcome)).toEqual(["failure", "success"]);
  });

  it.each([
    ["no retries", { numRetries: 0 }],
    ["no budget for them", { retryBudget: { share: 0, floorPerSecond: 0 } }],
  ] as const)("costs no retry: the call moves on with %s", async (_, options) => {
    expect(await mixed(options).ask()).toMatchObject({ choices: [{ message: { content: "good" } }] });
  });

  it("leaves all retries to the deployments that accept the field", async () => {
    const others = ["g1", "g2", "g3"].map((id) => deploymentOptions(id, { model: "openai/gpt", order: 2 }));
    const harness = setup({ modelList: [claude("c1"), ...others], numRetries: 2 });
    harness.provider.script("c1", fails("unsupported_params"));
    harness.provider.script("*", fails("internal_server"), fails("internal_server"), answers("good"));
    const answer = await harness.ask();
    expect(answer).toMatchObject({ choices: [{ message: { content: "good" } }] });
    expect(trailOf(answer).retries).toBe(2);
    expect(trailOf(answer).attempts).toHaveLength(4);
  });

  it("is not asked of the same deployment again, whatever the retry policy says about bad requests", async () => {
    const harness = setup({ modelList: [deploymentOptions("a")], retryPolicy: { BadRequestError: 1 } });
    harness.provider.script("*", fails("unsupported_params"));
    expect(await failure(harness.ask())).toMatchObject({ kind: "unsupported_params" });
    expect(harness.provider.calls).toHaveLength(1);
  });

  it("starts no cooldown", async () => {
    const harness = mixed({ allowedFails: 0 });
    for (let asked = 0; asked < 5; asked += 1) await harness.ask();
    expect(harness.types()).not.toContain("deployment_cooldown");
  });

  it("is routed to the deployments that accept it, even if others are preferred, without an extra attempt", async () => {
    const harness = mixed();
    for (const id of ["c1", "c2", "c3", "c4"]) harness.provider.refuse(id, "seed");
    const answer = await harness.ask({ seed: 1 });
    expect(trailOf(answer).attempts.map(({ deploymentId }) => deploymentId)).toEqual(["gpt"]);
  });

  it("does not affect requests without the field, or requests where it may be dropped", async () => {
    const harness = setup({ modelList: [claude("c1"), gpt] });
    harness.provider.refuse("c1", "seed");
    await harness.ask({});
    await harness.ask({ seed: 1 }, { dropParams: true });
    await harness.ask({ seed: 1 }, { dropParams: ["seed"] });
    await harness.ask({ seed: 1 }, { allowedOpenaiParams: ["seed"] });
    await harness.ask({ seed: 1 }, { additionalDropParams: ["seed"] });
    await harness.ask({ seed: 1 }, { dropParams: ["top_k"] });
    expect(harness.served()).toEqual(["c1", "c1", "c1", "c1", "c1", "gpt"]);
  });

  it("goes to the remaining deployments while those that accept it are in cooldown, and is then refused by name", async () => {
    const harness = setup({ modelList: [claude("c1"), gpt], numRetries: 0, allowedFails: 0 });
    harness.provider.refuse("c1", "seed");
    harness.provider.script("gpt", fails("internal_server"));
    await failure(harness.ask({ seed: 1 }));
    expect(await failure(harness.ask({ seed: 1 }))).toMatchObject({ kind: "unsupported_params", param: "seed" });
  });

  it("uses up no rpm where it is refused", async () => {
    const harness = setup({ modelList: [deploymentOptions("a", { rpm: 1 })] });
    harness.provider.refuse("a", "seed");
    for (let asked = 0; asked < 3; asked += 1)
      expect(await failure(harness.ask({ seed: 1 }))).toMatchObject({ kind: "unsupported_params" });
    expect(await harness.ask()).toMatchObject({ choices: [{}] });
  });

  it("may come from the deployment's default fields", async () => {
    const harness = setup({
      modelList: [deploymentOptions("a", { order: 1, defaults: { seed: 1 } }), deploymentOptions("b", { order: 2 })],
    });
    harness.provider.refuse("a", "seed");
    await harness.ask();
    expect(harness.served()).toEqual(["b"]);
  });

  it("causes no failure if a provider throws when asked what it refuses", async () => {
    const harness = setup({ modelList: [claude("c1"), gpt] });
    Object.assign(harness.provider, {
      unsupportedFields: () => {
        throw new Error("broken");
      },
    });
    expect(await harness.ask()).toMatchObject({ choices: [{}] });
  });

  it("is refused once if all deployments are alike", async () => {
    const harness = setup({ modelList: [claude("c1"), claude("c2")] });
    harness.provider.script("*", fails("unsupported_params"));
    expect(await failure(harness.ask())).toMatchObject({ kind: "unsupported_params", status: 400 });
    expect(harness.provider.calls).toHaveLength(1);
  });
});
