import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLogger } from "@modelyard/core";
import { systemClock } from "@modelyard/core/kit";
import { scriptedProvider } from "@modelyard/testing";
import { afterAll, describe, expect, it } from "vitest";
import { priceCatalog } from "../src/price-catalog.js";
import { routerFromYaml } from "../src/router-from-yaml.js";

const folder = mkdtempSync(join(tmpdir(), "modelyard-yaml-"));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const two = (more = ""): string => `model_list:
  - model_name: gpt-4
    litellm_params: { model: openai/a, api_key: k }
    model_info: { id: a }
  - model_name: gpt-4
    litellm_params: { model: openai/b, api_key: k }
    model_info: { id: b }
${more}`;
const messages = [{ role: "user" as const, content: "hi" }];

describe("priceCatalog", () => {
  it("returns the prices of public models, and nothing for others", async () => {
    const look = await priceCatalog();
    expect(look("openai", "gpt-4")).toMatchObject({
      inputCostPerToken: 0.000_03,
      outputCostPerToken: 0.000_06,
      maxInputTokens: 8_192,
    });
    expect(look("anthropic", "claude-2")?.outputCostPerToken).toBeCloseTo(0.000_024);
    expect(look("openai", "no-such-model-at-all")).toBeUndefined();
  });
});

describe("routerFromYaml", () => {
  it.each([
    ["that is not there", "gone.yaml", undefined, "there is no such file. Check the path."],
    ["that is a folder", ".", undefined, "it is a folder, not a file. Check the path."],
    ["in UTF-16", "wide.yaml", Buffer.from("\uFEFFmodel_list:", "utf16le"), "it is not valid UTF-8. Save it as UTF-8."],
  ])("explains what is wrong with a file %s", async (_, name, bytes, message) => {
    const file = join(folder, name);
    if (bytes !== undefined) writeFileSync(file, bytes);
    await expect(routerFromYaml({ file }, { env: {} })).rejects.toThrow(`${file}: ${message}`);
  });

  it("uses a custom strategy from a module next to the file", async () => {
    writeFileSync(
      join(folder, "last.mjs"),
      "export const strategy = (args) => ({ name: 'last', pick: (candidates) => candidates.find((one) => one.deployment.id === args.prefer) });\n",
    );
    const file = join(folder, "own.yaml");
    writeFileSync(
      file,
      two("router_settings: { routing_strategy: ./last.mjs, routing_strategy_args: { prefer: b } }\n"),
    );
    const provider = scriptedProvider({ clock: systemClock });
    const { router, close } = await routerFromYaml({ file }, { env: {}, providers: [provider] });
    for (let count = 0; count < 5; count += 1) await router.completion({ model: "gpt-4", messages });
    expect(new Set(provider.calls.map((call) => call.deploymentId))).toEqual(new Set(["b"]));
    await close();
  });

  it("applies a changed file as a whole, or not at all", async () => {
    const provider = scriptedProvider({ clock: systemClock });
    const yaml = await routerFromYaml(two(), { env: {}, providers: [provider] });
    await expect(yaml.reload("model_list: []\n")).rejects.toThrow("model_list");
    await yaml.router.completion({ model: "gpt-4", messages });
    await yaml.reload(two("router_settings: { model_group_alias: { four: gpt-4 } }\n"));
    await yaml.router.completion({ model: "four", messages });
    expect(provider.calls).toHaveLength(2);
    await yaml.close();
  });

  it.each([
    ["an unknown strategy", two("router_settings: { routing_strategy: least-bussy }\n"), 'Did you mean "least-busy"'],
    ["an unknown callback", two("litellm_settings: { callbacks: [promethius] }\n"), 'Did you mean "prometheus"'],
    [
      "a strategy module that is missing",
      two("router_settings: { routing_strategy: ./nowhere.mjs }\n"),
      "nowhere.mjs: there is no such file",
    ],
    ["a provider that does not exist", two().replace("openai/a", "opnai/a"), 'Did you mean "openai"'],
    [
      "a key that is missing",
      two().replace("{ model: openai/a, api_key: k }", "{ model: openai/a }"),
      "OPENAI_API_KEY",
    ],
  ])("explains %s", async (_, text, message) => {
    await expect(routerFromYaml(text, { env: {} })).rejects.toThrow(message);
  });

  it("follows drop_params of the request, then of the deployment, then of the file", async () => {
    const text = `model_list:
  - model_name: own
    litellm_params: { model: openai/a, api_key: k, drop_params: false }
  - model_name: plain
    litellm_params: { model: openai/b, api_key: k, additional_drop_params: ["tools[*].strict"] }
litellm_settings: { drop_params: true, additional_drop_params: [user] }
`;
    const provider = scriptedProvider({ clock: systemClock });
    const { router, close } = await routerFromYaml(text, { env: {}, providers: [provider] });
    const tools = [{ type: "function" as const, strict: true, function: { name: "f" } }];
    for (const model of ["own", "plain"]) {
      for (const more of [{}, { drop_params: true }, { drop_params: false }])
        await router.execute("chat", { model, messages, user: "u", tools, ...more });
    }
    expect(provider.calls.map(({ call }) => call.dropParams)).toEqual([false, true, false, true, true, false]);
    for (const { call } of provider.calls) expect(call.request).not.toHaveProperty("user");
    const sentTools = provider.calls.map(({ call }) => (call.request as { readonly tools?: unknown }).tools);
    expect(sentTools[0]).toEqual(tools);
    expect(sentTools[3]).toEqual([{ type: "function", function: { name: "f" } }]);
    await close();
  });

  it("logs every warning once, at startup and after every change", async () => {
    const logged: string[] = [];
    const warn = (_: unknown, message: string): void => {
      logged.push(message);
    };
    const provider = scriptedProvider({ clock: systemClock });
    const odd = two("general_settings: { database_url: x }\nrouter_settings: { fallbacks: [{ gpt-4: [gone] }] }\n");
    const yaml = await routerFromYaml(odd, { env: {}, providers: [provider], logger: { ...silentLogger, warn } });
    expect(logged.filter((line) => line.includes("database_url"))).toHaveLength(1);
    expect(logged.filter((line) => line.includes('"gone"'))).toHaveLength(1);
    await yaml.reload();
    expect(logged.filter((line) => line.includes("database_url"))).toHaveLength(2);
    await yaml.close();
  });

  it("reports unknown strategies, callbacks and deployments all at once, in the order of the file", async () => {
    const text = two(
      "router_settings: { routing_strategy: fastest }\nlitellm_settings: { callbacks: [langfus] }\n",
    ).replace("openai/a", "opena/a");
    await expect(routerFromYaml(text, { env: {} })).rejects.toThrow(
      /3 problems:\n.*"opena" is not registered.*\n.*no strategy "fastest".*\n.*unknown callback "langfus"/u,
    );
    const callbacksOnly = text.replace("fastest", "least-busy");
    await expect(routerFromYaml(callbacksOnly, { env: {} })).rejects.toThrow(/2 problems:\n.*"opena".*\n.*"langfus"/u);
  });

  it("reports every invalid deployment at once, also after a change of the file", async () => {
    const provider = scriptedProvider({ clock: systemClock });
    const bad = (name: string, model: string) => `  - { model_name: ${name}, litellm_params: { model: ${model} } }\n`;
    const text = two().replace(
      "model_list:\n",
      `model_list:\n${bad("x", "opena/x")}${bad("y", "azur/y")}${bad("z", "z")}`,
    );
    const problems = /3 problems:\n.*"opena" is not registered.*\n.*"azur" is not.*\n.*which provider serves "z"/u;
    await expect(routerFromYaml(text, { env: {}, providers: [provider] })).rejects.toThrow(problems);
    const yaml = await routerFromYaml(two(), { env: {}, providers: [provider] });
    await expect(yaml.reload(text)).rejects.toThrow(problems);
    await yaml.close();
  });

  it("names the keys of the file in what a provider misses, and gives no advice for programs", async () => {
    const text = `model_list:
  - { model_name: a, litellm_params: { model: azure/a } }
  - { model_name: b, litellm_params: { model: unknown-b } }
  - { model_name: c, litellm_params: { model: opena/c } }
  - { model_name: c, litellm_params: { model: opena/d } }
`;
    const message = await routerFromYaml(text, { env: {} }).then(
      () => "",
      (error: unknown) => (error as Error).message,
    );
    expect(message).toContain("Set api_key or the environment variable AZURE_OPENAI_API_KEY.");
    expect(message).toContain("Set api_base, e.g.");
    expect(message).toContain("or set custom_llm_provider.");
    expect(message).toMatch(
      /Did you mean "openai".*\? Use the prefix of a registered provider, e\.g\. "openai\/\.\.\."\. Likewise:/u,
    );
    expect(message).not.toMatch(/apiKey|apiBase|in code/u);
  });

  it.each(["azure_ad_token: t", "client_secret: s", "vertex_project: p", "aws_region_name: r"])(
    "warns of a vendor's setting that the provider ignores: %s",
    async (setting) => {
      const name = setting.split(":")[0] ?? "";
      const yaml = await routerFromYaml(two().replace("api_key: k", `api_key: k, ${setting}`), { env: {} });
      expect(yaml.warnings).toEqual([
        expect.stringContaining(`model_list[0].litellm_params.${name}: it has no effect: openai does not use it.`),
      ]);
      await yaml.close();
    },
  );

  it("prefers the file's prices to the catalog's, and warns of unknown prices", async () => {
    const text = `model_list:
  - model_name: m
    litellm_params: { model: openai/gpt-4, api_key: k }
    model_info: { id: known }
  - model_name: m
    litellm_params: { model: openai/gpt-4, api_key: k, input_cost_per_token: 0, output_cost_per_token: 0 }
    model_info: { id: free, input_cost_per_token: 5 }
  - model_name: m
    litellm_params: { model: openai/private, api_key: k }
    model_info: { id: unknown }
router_settings: { routing_strategy: cost-based-routing }
`;
    const provider = scriptedProvider({ clock: systemClock });
    const { router, warnings, close } = await routerFromYaml(text, { env: {}, providers: [provider] });
    await router.completion({ model: "m", messages });
    expect(provider.calls[0]?.deploymentId).toBe("free");
    expect(warnings.filter((warning) => warning.includes("is unknown"))).toEqual([
      expect.stringMatching(/^config\.yaml:9:5 .*the price of openai\/private is unknown/u),
    ]);
    await close();
  });
});
