import { describe, expect, it } from "vitest";
import { isModulePath } from "./modules.js";
import { type ConfigIssue, parseConfig, type ParsedConfig } from "./index.js";

const models = "model_list: [{ model_name: a, litellm_params: { model: openai/a } }]\n";
const parse = (text: string): ParsedConfig => parseConfig(models + text, { env: { KEY: "k" } });
const shown = ({ line, column, path, message }: ConfigIssue): string =>
  `${String(line)}:${String(column)} ${path}: ${message}`;

describe("a name is the path of a module", () => {
  it.each(["./a.mjs", "../a", "/a/b.ts", "a.cjs", ".\\a.mjs", "a.mts"])("%s", (name) => {
    expect(isModulePath(name)).toBe(true);
  });
  it.each(["least-busy", "my_module.handler", "langfuse", "a.json"])("only if it looks like one: %s", (name) => {
    expect(isModulePath(name)).toBe(false);
  });
});

describe("modules in a configuration file", () => {
  it("are providers, with arguments and the place of both", () => {
    const { providerModules, pythonProviders, warnings } = parse(`litellm_settings:
  custom_provider_map:
    - { provider: acme, custom_handler: ./acme.mjs, custom_handler_args: { key: os.environ/KEY } }
    - { provider: zephyr, custom_handler: ./zephyr.ts }
`);
    expect(providerModules).toEqual([
      {
        provider: "acme",
        name: "./acme.mjs",
        args: { key: "k" },
        place: {
          module: ["litellm_settings", "custom_provider_map", 0, "custom_handler"],
          args: ["litellm_settings", "custom_provider_map", 0, "custom_handler_args"],
        },
      },
      expect.objectContaining({ provider: "zephyr", name: "./zephyr.ts", args: {} }),
    ]);
    expect([pythonProviders, warnings]).toEqual([[], []]);
  });

  it("are callbacks, each once, with the outcomes of all lists that name it", () => {
    const { callbackModules, warnings } = parse(`litellm_settings:
  success_callback: [./ledger.mjs, prometheus]
  failure_callback: ./alarm.mjs
  callbacks: [./ledger.mjs]
callback_settings:
  ./ledger.mjs: { file: x.log }
`);
    expect(callbackModules).toEqual([
      {
        name: "./ledger.mjs",
        args: { file: "x.log" },
        on: ["success", "failure"],
        place: { module: ["litellm_settings", "success_callback", 0], args: ["callback_settings", "./ledger.mjs"] },
      },
      expect.objectContaining({ name: "./alarm.mjs", args: {}, on: ["failure"] }),
    ]);
    expect(warnings).toEqual([]);
  });

  it.each([
    "litellm_settings: { cache: true, cache_params: ",
    "router_settings: { cache_responses: true, cache_kwargs: ",
  ])("are a cache, with its place: %s", (start) => {
    const { cache, warnings } = parse(`${start}{ type: custom, module: ./c.mjs, module_args: { a: 1 }, ttl: 60 } }\n`);
    const path = start.startsWith("router")
      ? ["router_settings", "cache_kwargs"]
      : ["litellm_settings", "cache_params"];
    expect(cache).toEqual({
      type: "custom",
      module: {
        name: "./c.mjs",
        args: { a: 1 },
        place: { module: [...path, "module"], args: [...path, "module_args"] },
      },
    });
    expect(warnings).toEqual([]);
  });

  it("may be a cache beside the Redis that shares limits", () => {
    const { cache, redis } = parse(`litellm_settings: { cache: true, cache_params: { type: custom, module: ./c.mjs } }
router_settings: { redis_host: r }
`);
    expect([cache?.type, redis?.host]).toEqual(["custom", "r"]);
  });

  it.each([
    [
      "a custom cache without a module",
      "litellm_settings: { cache: true, cache_params: { type: custom } }",
      "2:50 litellm_settings.cache_params.type: a custom cache is a module. Set module to the path of a module, such as ./my-cache.mjs.",
    ],
    [
      "a module of another kind of cache",
      "router_settings: { cache_kwargs: { type: redis, module: ./c.mjs }, redis_host: r }",
      "2:49 router_settings.cache_kwargs.module: it only applies to a custom cache. Set type: custom.",
    ],
    [
      "the name of a package as a cache",
      "litellm_settings: { cache_params: { type: custom, module: my-cache } }",
      "2:51 litellm_settings.cache_params.module: it must be the path of a module, such as ./my-cache.mjs.",
    ],
    [
      "settings of a callback that are a list",
      "litellm_settings: { callbacks: ./a.mjs }\ncallback_settings: { ./a.mjs: [1] }",
      "3:22 callback_settings../a.mjs: expected a mapping: it is what the module's function gets.",
    ],
    [
      "a provider that is mapped twice",
      "litellm_settings:\n  custom_provider_map:\n    - { provider: p, custom_handler: ./p.mjs }\n    - { provider: p, custom_handler: ./q.mjs }",
      '5:9 litellm_settings.custom_provider_map[1].provider: "p" is mapped twice.',
    ],
    [
      "a misspelled key of a provider",
      "litellm_settings: { custom_provider_map: [{ provider: p, custom_handlr: ./p.mjs }] }",
      '2:58 litellm_settings.custom_provider_map[0].custom_handlr: unknown key. Did you mean "custom_handler"?',
    ],
    [
      "a provider without a module",
      "litellm_settings: { custom_provider_map: [{ provider: p }] }",
      "2:43 litellm_settings.custom_provider_map[0].custom_handler: it is required.",
    ],
  ])("cause an error with its place: %s", (_, text, message) => {
    let thrown: unknown;
    try {
      parse(`${text}\n`);
    } catch (error) {
      thrown = error;
    }
    expect((thrown as { readonly issues: readonly ConfigIssue[] }).issues.map(shown)).toEqual([message]);
  });

  it("cause a warning if they are written in Python, or if their settings are for nothing", () => {
    const { pythonProviders, warnings } = parse(`litellm_settings:
  custom_provider_map: [{ provider: cli, custom_handler: my_cli.handler }]
callback_settings: { otel: { message_logging: false }, ./gone.mjs: {} }
`);
    expect(pythonProviders).toEqual(["cli"]);
    expect(warnings.map(shown)).toEqual([
      '3:42 litellm_settings.custom_provider_map[0].custom_handler: "my_cli.handler" is written in Python, which Modelyard cannot run. Write the path of a module, such as ./my-provider.mjs.',
      "4:22 callback_settings.otel: it has no effect: only callbacks that are modules get settings.",
      "4:56 callback_settings../gone.mjs: no list of callbacks names this module, so it has no effect.",
    ]);
  });
});
