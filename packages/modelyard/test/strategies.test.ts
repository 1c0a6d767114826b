import { mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { seededRandom, type Strategy } from "@modelyard/core";
import { strategyNames } from "@modelyard/strategies";
import { scriptedProvider, VirtualClock } from "@modelyard/testing";
import { afterAll, describe, expect, it } from "vitest";
import { routerFromYaml } from "../src/router-from-yaml.js";

const folder = mkdtempSync(join(tmpdir(), "modelyard-strategies-"));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const models = `model_list:
  - { model_name: gpt-4, litellm_params: { model: openai/a, api_key: k }, model_info: { id: a } }
  - { model_name: gpt-4, litellm_params: { model: openai/b, api_key: k }, model_info: { id: b } }
  - { model_name: other, litellm_params: { model: openai/c, api_key: k }, model_info: { id: c } }
  - { model_name: third, litellm_params: { model: openai/d, api_key: k }, model_info: { id: d } }
`;
const messages = [{ role: "user", content: "hi" }] as const;
let written = 0;

/** Writes a separate configuration file with these `router_settings`. */
function yamlFile(settings: string): string {
  written += 1;
  const file = join(folder, `config-${String(written)}.yaml`);
  writeFileSync(file, `${models}router_settings:\n${settings}`);
  return file;
}

/** Writes a module. Each has a later time than the one before, however coarse the clock of the file system is. */
function moduleFile(name: string, text: string): void {
  written += 1;
  const file = join(folder, name);
  writeFileSync(file, text);
  utimesSync(file, written, written);
}

async function open(settings: string) {
  const clock = new VirtualClock();
  const provider = scriptedProvider({ clock });
  const yaml = await routerFromYaml(
    { file: yamlFile(settings) },
    { env: {}, providers: [provider], router: { clock, random: seededRandom(1) } },
  );
  const strategies = () => Object.fromEntries(yaml.router.state().groups.map(({ name, strategy }) => [name, strategy]));
  const served = async (model: string, times = 10): Promise<readonly string[]> => {
    provider.reset();
    for (let count = 0; count < times; count += 1) await clock.until(yaml.router.completion({ model, messages }));
    return [...new Set(provider.calls.map((call) => call.deploymentId))].toSorted();
  };
  return { ...yaml, strategies, served };
}

const always = (id: string): string =>
  `export const strategy = () => ({ name: "always", pick: (candidates) => candidates.find((one) => one.deployment.id === "${id}") ?? candidates[0] });\n`;

describe("routing_strategy", () => {
  it.each(strategyNames)("accepts %s for all groups and for single ones", async (name) => {
    const whole = await open(`  routing_strategy: ${name}\n`);
    const shown = name.replace("-v2", "");
    expect(whole.strategies()).toEqual({ "gpt-4": shown, other: shown, third: shown });
    expect(await whole.served("gpt-4", 30)).toEqual(["a", "b"]);
    const some = await open(`  model_group_settings: { other: { routing_strategy: ${name} } }\n`);
    expect(some.strategies()).toEqual({ "gpt-4": "simple-shuffle", other: shown, third: "simple-shuffle" });
    await whole.close();
    await some.close();
  });

  it("accepts LiteLLM's routing_groups: a strategy shared by groups, and one name for all of them", async () => {
    const yaml = await open(`  routing_strategy: least-busy
  routing_groups:
    - { group_name: quick, models: [gpt-4, other], routing_strategy: latency-based-routing, routing_strategy_args: { ttl: 60 } }
`);
    expect(yaml.strategies()).toEqual({
      "gpt-4": "latency-based-routing",
      other: "latency-based-routing",
      third: "least-busy",
    });
    expect(yaml.router.explain("quick")).toMatchObject({ found: true, strategy: "latency-based-routing" });
    expect(await yaml.served("quick", 30)).toEqual(["a", "b", "c"]);
    expect(yaml.router.models().map(({ id }) => id)).toEqual(["gpt-4", "other", "third", "quick"]);
    await yaml.close();
  });

  it("accepts a module next to the file: a function or a strategy, named or default export, ESM or CommonJS, sync or async", async () => {
    moduleFile("named.mjs", always("a"));
    moduleFile("default.mjs", always("a").replace("const strategy =", "default"));
    moduleFile("later.mjs", always("a").replace("() => ({", "async () => ({"));
    moduleFile(
      "made.mjs",
      "export default { name: 'made', pick: (candidates) => candidates.find((one) => one.deployment.id === 'a') };\n",
    );
    moduleFile("old.cjs", always("a").replace("export const strategy", "exports.strategy"));
    for (const name of [
      "./named.mjs",
      "default.mjs",
      "./later.mjs",
      "./made.mjs",
      "./old.cjs",
      join(folder, "named.mjs"),
    ]) {
      const yaml = await open(`  routing_strategy: ${name}\n`);
      expect(await yaml.served("gpt-4")).toEqual(["a"]);
      await yaml.close();
    }
  });

  it("passes the arguments on, separately for each group", async () => {
    moduleFile(
      "args.mjs",
      "export const strategy = ({ prefer }) => ({ name: 'args', pick: (candidates) => candidates.find((one) => one.deployment.id === prefer) ?? candidates[0] });\n",
    );
    const yaml = await open(`  routing_strategy: ./args.mjs
  routing_strategy_args: { prefer: a }
  model_group_settings:
    gpt-4: { routing_strategy: ./args.mjs, routing_strategy_args: { prefer: b } }
`);
    expect(await yaml.served("gpt-4")).toEqual(["b"]);
    await yaml.close();
  });

  it("reloads a module that changed, and keeps what its strategy learned", async () => {
    const counting = (id: string): string => `let seen = 0;
export const strategy = () => ({
  name: "counting",
  pick: (candidates) => candidates.find((one) => one.deployment.id === "${id}") ?? candidates[0],
  observe: () => { seen += 1; },
  snapshot: () => seen,
  restore: (before) => { seen = before; },
  review: () => ["seen " + seen],
});
`;
    moduleFile("changing.mjs", counting("a"));
    const file = yamlFile("  routing_strategy: ./changing.mjs\n");
    const clock = new VirtualClock();
    const provider = scriptedProvider({ clock });
    const { router, reload, close } = await routerFromYaml(
      { file },
      { env: {}, providers: [provider], router: { clock } },
    );
    await clock.until(router.completion({ model: "gpt-4", messages }));
    moduleFile("changing.mjs", counting("b"));
    await reload({ file });
    await clock.until(router.completion({ model: "gpt-4", messages }));
    expect(provider.calls.map((call) => call.deploymentId)).toEqual(["a", "b"]);
    // A module that fails to load changes nothing.
    moduleFile("changing.mjs", "export const strategy = (");
    await expect(reload({ file })).rejects.toThrow("changing.mjs cannot be loaded");
    await clock.until(router.completion({ model: "gpt-4", messages }));
    expect(provider.calls.map((call) => call.deploymentId)).toEqual(["a", "b", "b"]);
    await close();
  });

  it.each([
    [
      "an unknown name",
      "  routing_strategy: least-bussy\n",
      /:7:3 router_settings\.routing_strategy: there is no strategy "least-bussy"\. Did you mean "least-busy"/u,
    ],
    [
      "an unknown argument",
      "  routing_strategy: latency-based-routing\n  routing_strategy_args:\n    tll: 5\n",
      /:9:5 router_settings\.routing_strategy_args\.tll: .*Did you mean "ttl"/u,
    ],
    [
      "an argument out of range",
      "  routing_strategy: latency-based-routing\n  routing_strategy_args: { ttl: 0 }\n",
      /:8:\d+ router_settings\.routing_strategy_args\.ttl: 0 is not above 0/u,
    ],
    [
      "an argument of a strategy without arguments",
      "  routing_strategy_args: { ttl: 60 }\n",
      /:7:\d+ router_settings\.routing_strategy_args\.ttl: simple-shuffle has no such argument/u,
    ],
    [
      "a module that is not there",
      "  routing_strategy: ./gone.mjs\n",
      /:7:3 router_settings\.routing_strategy: .*gone\.mjs: there is no such file/u,
    ],
    [
      "a module that throws while it loads",
      "  routing_strategy: ./throws.mjs\n",
      /:7:3 .*throws\.mjs cannot be loaded: at load/u,
    ],
    [
      "a module without a strategy",
      "  routing_strategy: ./empty.mjs\n",
      /:7:3 .*empty\.mjs does not export a strategy, only other/u,
    ],
    [
      "a strategy that cannot be made",
      "  routing_strategy: ./refuses.mjs\n",
      /:7:3 .*refuses\.mjs could not create the strategy: no such thing/u,
    ],
    [
      "an argument that the module refuses by name",
      "  routing_strategy: ./picky.mjs\n  routing_strategy_args:\n    max_users: none\n    other: 1\n",
      /:9:5 router_settings\.routing_strategy_args\.max_users: \S+picky\.mjs rejects it: give a whole number above 0\. Correct the argument\.$/u,
    ],
    [
      "an argument that is named within the error",
      "  routing_strategy: ./wordy.mjs\n  routing_strategy_args: { other: 1, max-users: 0 }\n",
      /:8:\d+ router_settings\.routing_strategy_args\.max-users: \S+wordy\.mjs rejects it: bad max-users! Correct/u,
    ],
    [
      "arguments that the module refuses",
      "  routing_strategy: ./refuses.mjs\n  routing_strategy_args: { other: 1 }\n",
      /:8:\d+ router_settings\.routing_strategy_args: \S+refuses\.mjs rejects them: no such thing\. Correct the arguments\.$/u,
    ],
    [
      "a group's argument",
      "  model_group_settings:\n    other: { routing_strategy: ./picky.mjs, routing_strategy_args: { max_users: 0 } }\n",
      /:8:\d+ router_settings\.model_group_settings\.other\.routing_strategy_args\.max_users: /u,
    ],
    [
      "a mistake in the module's own code",
      "  routing_strategy: ./mistaken.mjs\n  routing_strategy_args: { other: 1 }\n",
      /:7:3 router_settings\.routing_strategy: .*mistaken\.mjs could not create the strategy: .*undefined.* \(line 3\)\. Correct the module\.$/u,
    ],
    [
      "an option of a built-in strategy within a module",
      "  routing_strategy: ./wraps.mjs\n",
      /:7:3 router_settings\.routing_strategy: leastBusy\.own: unknown option\. Leave it out\.$/u,
    ],
    [
      "a line that throws while the module loads",
      "  routing_strategy: ./throws.mjs\n",
      /throws\.mjs cannot be loaded: at load \(line 1\)\. Correct the module\.$/u,
    ],
    [
      "a strategy without a pick",
      "  routing_strategy: ./pickless.mjs\n",
      /:7:3 .*pickless\.mjs does not return a valid strategy: it has no method "pick"\./u,
    ],
    [
      "a strategy without a name",
      "  routing_strategy: ./nameless.mjs\n",
      /:7:3 .*valid strategy: name: a non-empty string is required\./u,
    ],
    [
      "a strategy with a merge that is not a function",
      "  routing_strategy: ./deaf.mjs\n",
      /:7:3 .*valid strategy: merge: expected a function, got a number\./u,
    ],
    [
      "null instead of a strategy",
      "  routing_strategy: ./nothing.mjs\n",
      /:7:3 .*valid strategy: expected a strategy, got null\./u,
    ],
    [
      "a group's mistake",
      "  model_group_settings:\n    other: { routing_strategy: nope }\n",
      /:8:14 router_settings\.model_group_settings\.other\.routing_strategy: there is no strategy "nope"/u,
    ],
    [
      "a routing group's mistake",
      "  routing_groups:\n    - { group_name: x, models: [other], routing_strategy: nope }\n",
      /:8:41 router_settings\.routing_groups\[0\]\.routing_strategy: there is no/u,
    ],
  ])("reports the place and the cause of an error with %s", async (_, settings, message) => {
    moduleFile("throws.mjs", "throw new Error('at load');\n");
    moduleFile("empty.mjs", "export const other = 1;\n");
    moduleFile("refuses.mjs", "export const strategy = () => { throw new Error('no such thing'); };\n");
    const throwing = (error: string) => `export const strategy = () => { throw ${error}; };\n`;
    moduleFile("picky.mjs", throwing("new TypeError('max_users: give a whole number above 0.')"));
    moduleFile("wordy.mjs", throwing("new Error('bad max-users!')"));
    moduleFile("mistaken.mjs", "\nexport const strategy = () => {\n  return undefined.own;\n};\n");
    const invalid = "Object.assign(new Error('leastBusy.own: unknown option. Leave it out.'), ";
    moduleFile(
      "wraps.mjs",
      `const brand = Symbol.for('modelyard.RouterError');\n${throwing(`${invalid}{ [brand]: true, kind: 'invalid_option', param: 'leastBusy.own' })`)}`,
    );
    moduleFile("pickless.mjs", "export const strategy = () => ({ name: 'x' });\n");
    moduleFile("nameless.mjs", "export const strategy = () => ({ pick() {} });\n");
    moduleFile("deaf.mjs", "export const strategy = () => ({ name: 'x', pick() {}, merge: 5 });\n");
    moduleFile("nothing.mjs", "export const strategy = () => null;\n");
    await expect(open(settings)).rejects.toThrow(message);
  });

  it("reports all errors at once", async () => {
    await expect(
      open("  routing_strategy: nope\n  model_group_settings: { other: { routing_strategy: ./gone.mjs } }\n"),
    ).rejects.toThrow(/2 problems[^]*"nope"[^]*gone\.mjs/u);
  });

  it("warns of groups that do not exist", async () => {
    const yaml = await open("  model_group_settings: { nobody: { routing_strategy: least-busy } }\n");
    expect(yaml.warnings).toEqual([expect.stringContaining("nobody")]);
    await yaml.close();
  });
});

describe("a strategy that", () => {
  const failing: readonly (readonly [string, Strategy["pick"]])[] = [
    [
      "throws",
      () => {
        throw new Error("no");
      },
    ],
    ["picks none of its candidates", (candidates) => ({ ...candidates[0] })],
    ["says nothing", () => undefined as never],
    [
      "promises and is late",
      () =>
        new Promise(() => {
          /* never */
        }),
    ],
    [
      "promises and fails",
      async () => {
        throw new Error("no");
      },
    ],
  ];

  it.each(failing)("%s is replaced by simple-shuffle for that pick", async (_, pick) => {
    const { createRouter } = await import("../src/index.js");
    const clock = new VirtualClock();
    const provider = scriptedProvider({ clock });
    const failures: string[] = [];
    const router = createRouter({
      providers: [provider],
      clock,
      random: seededRandom(1),
      strategy: { name: "odd", pick },
      callbacks: [
        {
          name: "watch",
          events: ["strategy_failed"],
          on: (event) => {
            if (event.type === "strategy_failed") failures.push(event.strategy);
          },
        },
      ],
      modelList: [
        { modelName: "gpt-4", model: "openai/a", id: "a" },
        { modelName: "gpt-4", model: "openai/b", id: "b" },
      ],
    });
    const began = clock.now();
    for (let count = 0; count < 10; count += 1) await clock.until(router.completion({ model: "gpt-4", messages }));
    expect(failures).toEqual(Array.from({ length: 10 }, () => "odd"));
    expect(new Set(provider.calls.map((call) => call.deploymentId)).size).toBe(2);
    expect(clock.now() - began).toBeLessThanOrEqual(10 * 50);
    expect(clock.timers).toBe(0);
  });
});
