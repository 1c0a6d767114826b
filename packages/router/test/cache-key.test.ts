import type { CallOptions } from "@modelyard/core";
import { deploymentOptions } from "@modelyard/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cached } from "./support/cached-harness.js";
import { trailOf } from "./support/harness.js";

describe("the key of an answer", () => {
  const fields = ["temperature", "top_k", "seed", "user", "tools", "stop", "n", "logit_bias", "x_vendor", "num_ctx"];
  const body = fc.dictionary(fc.constantFrom(...fields), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 6 });
  const keyOf = async (request: object): Promise<string> => {
    const harness = cached();
    await harness.ask(request);
    const [key] = harness.kept.keys();
    return key ?? "nothing was kept";
  };

  it("changes with every field that is sent to the vendor, and with no other field", async () => {
    await fc.assert(
      fc.asyncProperty(body, body, async (left, right) => {
        const same = canonical(sent(left)) === canonical(sent(right));
        const reversed = Object.fromEntries(Object.entries(left).toReversed());
        const [one_, other, turned] = [await keyOf(left), await keyOf(right), await keyOf(reversed)];
        expect(turned).toBe(one_);
        expect(one_ === other).toBe(same);
      }),
      { numRuns: 60 },
    );
  });

  it.each([
    ["the router's own fields", { num_retries: 1, timeout: 5, metadata: { a: 1 }, tags: ["t"] }],
    ["its time to live", { cache: { ttl: 5 } }],
  ])("does not change with %s", async (_, more) => {
    expect(await keyOf(more)).toBe(await keyOf({}));
  });

  it("does not change with metadata that is stored with an answer", async () => {
    expect(await keyOf({ store: true, metadata: { team: "x" } })).toBe(await keyOf({ store: true }));
  });

  it("changes with messages at any depth of nesting", async () => {
    const say = (text: unknown) => ({ messages: [{ role: "user", content: [{ type: "text", text }] }] });
    const dated = { messages: [], at: new Date(1) };
    const keys = [say("a"), say("b"), say(["a"]), dated, { ...dated, at: new Date(2) }].map((item) => keyOf(item));
    expect(new Set(await Promise.all(keys)).size).toBe(5);
  });

  const long = { messages: [{ role: "user", content: "x".repeat(200_000) }] } as const;

  it("has a bounded length that fits every store, however long the request is", async () => {
    // Long requests are hashed on other threads, so virtual time must not pass until they are finished.
    const harness = cached();
    await harness.router.completion({ model: "gpt-4", ...long });
    await harness.router.completion({ model: "gpt-4", ...long });
    expect(harness.provider.calls).toHaveLength(1);
    expect([...harness.kept.keys()].join(" ")).toMatch(/^[0-9a-f]{64}$/u);
    expect(await keyOf({ cache: { namespace: "n".repeat(500) } })).toMatch(/^[0-9a-f]{16}:[0-9a-f]{64}$/u);
  });

  it("is the same for an alias, and different for a deployment's id, a routing tag and another caller", async () => {
    const harness = cached({
      modelList: [deploymentOptions("a", { tags: ["x"] }), deploymentOptions("b", { tags: ["y"] })],
      modelGroupAlias: { four: "gpt-4" },
      enableTagFiltering: true,
    });
    await harness.ask({});
    expect(trailOf(await harness.ask({ model: "four" })).cache).toBe("hit");
    for (const [more, options] of [
      [{ model: "a" }, {}],
      [{ tags: ["x"] }, {}],
      [{}, { caller: "c" }],
      [{ drop_params: true }, {}],
    ] as [object, CallOptions][]) {
      expect([more, trailOf(await harness.ask(more, options)).cache]).toEqual([more, "miss"]);
      expect([more, trailOf(await harness.ask(more, options)).cache]).toEqual([more, "hit"]);
    }
  });

  it("changes with the caller's headers, except for those that identify a session or a request", async () => {
    const harness = cached();
    const ask = async (forwardHeaders: Readonly<Record<string, string>>) =>
      trailOf(await harness.ask({}, { forwardHeaders })).cache;
    expect(await ask({ "vendor-beta": "one", "x-tool-session-id": "s1" })).toBe("miss");
    expect(await ask({ "x-tool-session-id": "s2", "vendor-beta": "one", "x-client-request-id": "r" })).toBe("hit");
    expect(await ask({ "vendor-beta": "two", "x-tool-session-id": "s1" })).toBe("miss");
    expect(await ask({ "vendor-version": "one", "x-tool-session-id": "s1" })).toBe("miss");
    expect(await ask({ "x-tool-session-id": "s3" })).toBe("miss");
    expect(trailOf(await harness.ask({}, {})).cache).toBe("hit");
  });

  it("changes when the group's models or default fields change, but not with an API key or base URL", async () => {
    const harness = cached();
    await harness.ask();
    const after = async (more: object) => {
      harness.router.update({ config: { modelList: [deploymentOptions("a", more)] } });
      return trailOf(await harness.ask()).cache;
    };
    expect(await after({ apiKey: "other", apiBase: "https://other.example" })).toBe("hit");
    expect(await after({ defaults: { temperature: 1 } })).toBe("miss");
    expect(await after({ model: "openai/another" })).toBe("miss");
    expect(await after({})).toBe("hit");
  });

  it("is the same for all groups of one `groups` list", async () => {
    const harness = cached({
      modelList: [
        deploymentOptions("a", { modelName: "x" }),
        deploymentOptions("b", { modelName: "y" }),
        deploymentOptions("c", { modelName: "z" }),
      ],
      cache: { groups: [["x", "y"]] },
    });
    await harness.ask({ model: "x" });
    const caches = [];
    for (const model of ["y", "z", "x"]) caches.push(trailOf(await harness.ask({ model })).cache);
    expect(caches).toEqual(["hit", "miss", "hit"]);
  });

  it("differs between the names that one wildcard group covers", async () => {
    const harness = cached({ modelList: [deploymentOptions("w", { modelName: "openai/*", model: "openai/*" })] });
    await harness.ask({ model: "openai/x" });
    expect(trailOf(await harness.ask({ model: "openai/y" })).cache).toBe("miss");
    expect(trailOf(await harness.ask({ model: "openai/x" })).cache).toBe("hit");
  });
});

/** The fields that are sent. A field with the value `null` means the same as an omitted one, and is not sent. */
function sent(body: object): object {
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== null));
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_, entry: unknown) =>
    typeof entry === "object" && entry !== null && !Array.isArray(entry)
      ? Object.fromEntries(Object.entries(entry).toSorted(([left], [right]) => (left < right ? -1 : 1)))
      : entry,
  );
}
