import { createRouter } from "@modelyard/router";
import { fails, scriptedProvider, VirtualClock } from "@modelyard/testing";
import { expect, it } from "vitest";
import { createGateway, toFetchHandler } from "./index.js";

it("GET /health says who is left out, why, and until when, for people to read", async () => {
  const clock = new VirtualClock();
  const provider = scriptedProvider({ clock });
  provider.script("a", fails("authentication"));
  const member = (id: string) => ({ id, modelName: "gpt-4", model: `openai/${id}` });
  const router = createRouter({
    clock,
    providers: [provider],
    modelList: [member("a"), member("b")],
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
