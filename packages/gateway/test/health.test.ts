import { createRouter } from "@modelyard/router";
import { deploymentOptions, fails, scriptedProvider, VirtualClock } from "@modelyard/testing";
import { expect, it } from "vitest";
import { createGateway, toFetchHandler } from "../src/index.js";

it("GET /health shows which deployments are in cooldown, why, and until when", async () => {
  const clock = new VirtualClock();
  const provider = scriptedProvider({ clock });
  provider.script("a", fails("authentication"));
  const router = createRouter({
    clock,
    providers: [provider],
    modelList: [deploymentOptions("a"), deploymentOptions("b")],
    cooldownMs: 60_000,
  });
  const send = toFetchHandler(createGateway(router));
  for (let turn = 0; turn < 20 && router.state().groups[0]?.deployments[0]?.health === "healthy"; turn += 1)
    await clock.until(router.completion({ model: "gpt-4", messages: [] }));
  expect(await (await send("http://gateway/health")).json()).toEqual({
    healthy_count: 1,
    healthy_endpoints: [{ id: "b", group: "gpt-4", model: "b", health: "healthy" }],
    unhealthy_count: 1,
    unhealthy_endpoints: [
      {
        id: "a",
        group: "gpt-4",
        model: "a",
        health: "quarantined",
        reason: "authentication",
        until: new Date(clock.now() + 60_000).toISOString(),
      },
    ],
  });
});

it.each([1e300, Number.POSITIVE_INFINITY, Number.NaN])("GET /health answers for a cooldown until %d", async (until) => {
  const clock = new VirtualClock();
  const modelList = [deploymentOptions("a")];
  const router = createRouter({ clock, providers: [scriptedProvider({ clock })], modelList });
  const state = router.state();
  const groups = state.groups.map((group) => ({
    ...group,
    deployments: group.deployments.map((deployment) => ({ ...deployment, health: "cooling" as const, until })),
  }));
  Object.defineProperty(router, "state", { value: () => ({ ...state, groups }) });
  const response = await toFetchHandler(createGateway(router))("http://gateway/health");
  expect(response.status).toBe(200);
  expect(await response.json()).toMatchObject({ unhealthy_endpoints: [{ until: `${String(until)} ms since 1970` }] });
});

async function healthOf(query: string): Promise<Response> {
  const clock = new VirtualClock();
  const router = createRouter({
    clock,
    providers: [scriptedProvider({ clock })],
    modelList: [
      deploymentOptions("a"),
      deploymentOptions("b"),
      deploymentOptions("c", { modelName: "other" }),
      deploymentOptions("w", { modelName: "wild/*" }),
    ],
    modelGroupAlias: { four: "gpt-4" },
  });
  return toFetchHandler(createGateway(router))(`http://gateway/health${query}`);
}

it.each([
  ["?model=gpt-4", ["a", "b"]],
  ["?model=four", ["a", "b"]],
  ["?model_id=c", ["c"]],
  ["?model_id=c&model=gpt-4", ["c"]],
  ["?model=wild%2Fx", ["w"]],
  ["?model=openai%2Fb", ["b"]],
])("GET /health%s lists %j", async (query, ids) => {
  expect(await (await healthOf(query)).json()).toMatchObject({
    healthy_count: ids.length,
    healthy_endpoints: ids.map((id) => ({ id })),
    unhealthy_count: 0,
  });
});

it.each([
  ["?model=gpt-3", "model", "gpt-4"],
  ["?model_id=gpt-4", "model_id", undefined],
  ["?model=%", "model", undefined],
] as const)("GET /health%s is a 404 that names the nearest model", async (query, param, near) => {
  const answer = await healthOf(query);
  const { error } = (await answer.json()) as { readonly error: { readonly message: string } };
  expect([answer.status, error]).toMatchObject([404, { code: "model_not_found", param }]);
  expect(error.message).toContain(near ?? "does not exist");
});
