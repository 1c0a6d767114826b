import { type DeploymentOptions, silentLogger } from "@modelyard/core";
import { answers, deploymentOptions, failure, fails, scriptedProvider, VirtualClock } from "@modelyard/testing";
import { describe, expect, it } from "vitest";
import { createRouter } from "../src/create-router.js";
import type { CreateRouterOptions } from "../src/options.js";

function setup(modelList: readonly DeploymentOptions[], options: Partial<CreateRouterOptions> = {}) {
  const clock = new VirtualClock();
  const provider = scriptedProvider({ clock });
  const router = createRouter({
    providers: [provider],
    clock,
    logger: silentLogger,
    numRetries: 0,
    ...options,
    modelList,
  });
  const count = () =>
    clock.until(
      router.execute("messages_count_tokens", { model: "gpt-4", messages: [{ role: "user", content: "hi" }] }),
    );
  const chat = () => clock.until(router.completion({ model: "gpt-4", messages: [{ role: "user", content: "hi" }] }));
  const compact = () => clock.until(router.execute("responses_compact", { model: "gpt-4", input: "hi" }));
  return { clock, provider, router, count, chat, compact };
}

const two = [deploymentOptions("a"), deploymentOptions("b")];

describe("a count of tokens", () => {
  it("takes nothing of the limits of its deployment, and is made although they are used up", async () => {
    const { router, count, chat } = setup([deploymentOptions("a", { rpm: 1, tpm: 1_000 })]);
    for (let turn = 0; turn < 5; turn += 1) await count();
    expect(router.state().groups[0]?.deployments[0]?.used).toEqual({ requests: 0, tokens: 0 });
    await chat();
    expect(await failure(chat())).toMatchObject({ status: 429 });
    expect((await count()).kind).toBe("answer");
  });

  it("says nothing about the health of its deployment", async () => {
    const { provider, router, count } = setup(two, { allowedFails: 0 });
    provider.script("*", fails("rate_limit"));
    for (let turn = 0; turn < 5; turn += 1) await failure(count());
    expect(router.state().groups[0]?.deployments.map(({ health }) => health)).toEqual(["healthy", "healthy"]);
    provider.script("*", answers());
    expect((await count()).kind).toBe("answer");
  });

  it("is retried at another deployment", async () => {
    const { provider, count } = setup(two, { numRetries: 1 });
    provider.script("*", fails("internal_server"), answers());
    const { trail } = await count();
    expect(trail.attempts.map(({ outcome }) => outcome)).toEqual(["failure", "success"]);
    expect(new Set(trail.attempts.map(({ deploymentId }) => deploymentId)).size).toBe(2);
  });

  it("gets only those defaults of its deployment that a request to count can have", async () => {
    const defaults = { temperature: 0.5, max_tokens: 9, system: "Be brief." };
    const { provider, count } = setup([deploymentOptions("a", { defaults })]);
    await count();
    expect(Object.keys(provider.calls[0]?.call.request ?? {}).toSorted()).toEqual(["messages", "model", "system"]);
  });
});

describe("a compaction", () => {
  it("is a call that takes part of the limits of its deployment", async () => {
    const { compact } = setup([deploymentOptions("a", { rpm: 1 })]);
    await compact();
    expect(await failure(compact())).toMatchObject({ status: 429 });
  });

  it("does not harm a deployment whose host does not know its path, and goes on to another one", async () => {
    const { provider, router, compact } = setup(two, { allowedFails: 0, numRetries: 1 });
    provider.script("a", fails("not_found"));
    for (let turn = 0; turn < 10; turn += 1) await compact();
    expect(router.state().groups[0]?.deployments.map(({ health }) => health)).toEqual(["healthy", "healthy"]);
  });
});
