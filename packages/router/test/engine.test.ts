import type { Cache } from "@modelyard/core";
import { fails, scriptedProvider, VirtualClock } from "@modelyard/testing";
import { describeEngine } from "@modelyard/testing/conformance";
import { createRouter } from "../src/create-router.js";
import type { CreateRouterOptions } from "../src/options.js";

function engineWith(options: Partial<CreateRouterOptions>): () => ReturnType<typeof createRouter> {
  return () => {
    const clock = new VirtualClock();
    const provider = scriptedProvider({ clock });
    provider.script("bad", fails("internal_server"));
    return createRouter({
      clock,
      providers: [provider],
      modelList: [
        { modelName: "good", model: "openai/good" },
        { modelName: "bad", model: "openai/bad" },
        { modelName: "any-*", model: "openai/*" },
      ],
      modelGroupAlias: { other: "good", secret: { model: "good", hidden: true } },
      ...options,
    });
  };
}

const forgetful: Cache = {
  name: "forgetful",
  get: () => Promise.resolve(undefined),
  set: () => Promise.resolve(),
  delete: () => Promise.resolve(),
  close: () => Promise.resolve(),
};

const names = { model: "good", failing: "bad" };
describeEngine("a router", { create: engineWith({}), ...names });
describeEngine("a router with a cache", { create: engineWith({ responseCache: forgetful }), ...names });
describeEngine("a router that carries streams on", { create: engineWith({ midStreamFallback: "continue" }), ...names });
