// Tests what settings about failures in YAML do, by the calls that are made instead of the options that are set.
import { type ErrorKind, errorKinds } from "@modelyard/core";
import { answers, fails, hangs } from "@modelyard/testing";
import { describe, expect, it } from "vitest";
import { fromYaml } from "./support/guide-harness.js";

const models = `
model_list:
  - { model_name: a, litellm_params: { model: openai/a, api_key: k } }
  - { model_name: b, litellm_params: { model: openai/b, api_key: k }, model_info: { id: only-b } }
  - { model_name: c, litellm_params: { model: anthropic/c, api_key: k } }
  - { model_name: limited, litellm_params: { model: openai/l, api_key: k, mock_response: litellm.RateLimitError } }
`;
const messages = [{ role: "user", content: "Hello" }] as const;
/** The failures of a vendor. */
const kinds = (Object.keys(errorKinds) as readonly ErrorKind[]).filter(
  (kind) => errorKinds[kind].blame !== "router" && errorKinds[kind].blame !== "caller",
);

describe("retry_policy", () => {
  it.each(kinds.map((kind) => [errorKinds[kind].className, kind] as const))(
    "retries %s as often as configured, in both spellings",
    async (name, kind) => {
      const spelled = name === "Timeout" ? "TimeoutErrorRetries" : `${name}Retries`;
      for (const [policy, calls] of [
        [`{ ${spelled}: 3 }`, 4],
        [`{ ${name}: { max_retries: 1 } }`, 2],
        [`{ ${name}: { max_retries: 0 } }`, 1],
      ] as const) {
        const harness = await fromYaml(`${models}router_settings: { num_retries: 7, retry_policy: ${policy} }\n`, {
          // Refusals that a provider makes itself, without a vendor's answer, are never repeated.
          "openai/a": [fails(kind, { vendorAnswer: { status: errorKinds[kind].status, headers: {}, body: "{}" } })],
        });
        expect((await harness.refusal("a")).kind).toBe(kind);
        expect([policy, harness.calls().length]).toEqual([policy, calls]);
        await harness.close();
      }
    },
  );

  it("of a group replaces the router's", async () => {
    const settings =
      "{ retry_policy: { InternalServerErrorRetries: 5 }, model_group_retry_policy: { a: { InternalServerError: { max_retries: 1 } } } }";
    const harness = await fromYaml(`${models}router_settings: ${settings}\n`, {
      "openai/*": [fails("internal_server")],
    });
    for (const [model, calls] of [
      ["a", 2],
      ["b", 6],
    ] as const) {
      harness.forget();
      harness.openai.script("*", fails("internal_server"));
      await harness.refusal(model);
      expect([model, harness.calls().length]).toEqual([model, calls]);
    }
    await harness.close();
  });
});

describe("fallbacks", () => {
  const failing = { "openai/a": [fails("internal_server")] };
  const cases: readonly (readonly [string, string, readonly string[]])[] = [
    [
      "default_fallbacks of the router",
      "router_settings: { num_retries: 0, default_fallbacks: [c] }",
      ["openai/a", "anthropic/c"],
    ],
    [
      "default_fallbacks of litellm_settings",
      "litellm_settings: { num_retries: 0, default_fallbacks: [c] }",
      ["openai/a", "anthropic/c"],
    ],
    ["a star", 'router_settings: { num_retries: 0, fallbacks: [{ "*": [c] }] }', ["openai/a", "anthropic/c"]],
    [
      "a deployment by id",
      "router_settings: { num_retries: 0, fallbacks: [{ a: [only-b] }] }",
      ["openai/a", "openai/b"],
    ],
    [
      "router_settings before litellm_settings",
      "router_settings: { num_retries: 0, fallbacks: [{ a: [b] }] }\nlitellm_settings: { fallbacks: [{ a: [c] }] }",
      ["openai/a", "openai/b"],
    ],
    [
      "a group that is missing, then one that is not",
      "router_settings: { num_retries: 0, fallbacks: [{ a: [gone, c] }] }",
      ["openai/a", "anthropic/c"],
    ],
  ];

  it.each(cases)("lead from group to group by %s", async (_, settings, calls) => {
    const harness = await fromYaml(`${models}${settings}\n`, failing);
    await harness.ask("a");
    expect(harness.calls()).toEqual(calls);
    await harness.close();
  });

  it("set and remove fields of the request, for the vendor and for the router", async () => {
    const entry = "{ model: b, temperature: 0, top_p: null, timeout: 2, num_retries: 0 }";
    const harness = await fromYaml(
      `${models}router_settings: { num_retries: 1, timeout: 60, fallbacks: [{ a: [${entry}, c] }] }\n`,
      {
        ...failing,
        "openai/b": [hangs()],
      },
    );
    const began = harness.clock.now();
    await harness.clock.until(harness.router.completion({ model: "a", messages, temperature: 1, top_p: 0.5 }));
    expect(harness.calls()).toEqual(["openai/a", "openai/a", "openai/b", "anthropic/c"]);
    const [, , second] = harness.openai.calls;
    expect(second?.call.request).toEqual({ model: "a", messages, temperature: 0 });
    expect(harness.anthropic.calls[0]?.call.request).toEqual({ model: "a", messages, temperature: 1, top_p: 0.5 });
    expect(harness.anthropic.calls[0]!.at - second!.at).toBe(2_000);
    expect(harness.clock.now()).toBeGreaterThan(began);
    await harness.close();
  });

  it("for prompts that are too long and for content policy rejections have their own lists", async () => {
    const settings = `litellm_settings:
  num_retries: 0
  fallbacks: [{ a: [limited] }]
  context_window_fallbacks: [{ a: [b] }]
  content_policy_fallbacks: [{ a: [c] }]
`;
    for (const [kind, served] of [
      ["context_window_exceeded", "openai/b"],
      ["content_policy_violation", "anthropic/c"],
    ] as const) {
      const harness = await fromYaml(`${models}${settings}`, { "openai/a": [fails(kind)] });
      await harness.ask("a");
      expect(harness.calls()).toEqual(["openai/a", served]);
      await harness.close();
    }
  });
});

describe("mock deployments", () => {
  it("fail as the file says, and the fallback is real", async () => {
    const harness = await fromYaml(`${models}router_settings: { num_retries: 0, fallbacks: [{ limited: [c] }] }\n`, {
      "anthropic/c": [answers("from c")],
    });
    const answer = await harness.ask("limited");
    expect(answer.choices[0]?.message.content).toBe("from c");
    expect(answer.routing.attempts.map((attempt) => attempt.error?.kind)).toEqual(["rate_limit", undefined]);
    expect(harness.router.state().groups.find((group) => group.name === "limited")?.deployments[0]?.health).toBe(
      "cooling",
    );
    await harness.close();
  });
});
