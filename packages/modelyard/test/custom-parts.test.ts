import { mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ScriptedWire, startUpstream, type Upstream } from "@modelyard/testing";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { FromYamlOptions, YamlRouter } from "../src/from-yaml-options.js";
import { answerReadRequest } from "../src/read-elsewhere.js";
import { routerFromYaml } from "../src/router-from-yaml.js";

const wire: ScriptedWire = {
  paths: { "/speak": "chat" },
  plain: (say) => JSON.stringify({ say }),
  stream: (texts) => ({ contents: texts, finish: "" }),
  failure: (_, oops) => JSON.stringify({ oops }),
};

/** What modules tell the tests. */
const told: string[] = [];
(globalThis as { told?: string[] }).told = told;

let upstream: Upstream;
const root = mkdtempSync(join(tmpdir(), "modelyard-parts-"));
const folder = join(root, "configuration");
mkdirSync(folder);
const opened: YamlRouter[] = [];
beforeAll(async () => {
  upstream = await startUpstream({ wire });
});
afterEach(async () => {
  for (const yaml of opened.splice(0)) await yaml.close();
  told.length = 0;
  upstream.reset();
});
afterAll(async () => {
  rmSync(root, { recursive: true, force: true });
  await upstream.close();
});

let written = 0;

/** Writes a file. Each has a later time than the one before, however coarse the clock of the file system is. */
function write(name: string, text: string): string {
  written += 1;
  const file = join(folder, name);
  writeFileSync(file, text);
  utimesSync(file, written, written);
  return file;
}

const plain = "  - { model_name: plain, litellm_params: { model: openai/p, api_key: k, mock_response: hello } }\n";
/** A deployment whose provider is a module. Its key comes from the variable that the provider names. */
const custom = () => `  - { model_name: m, litellm_params: { model: acme/small, api_base: "${upstream.url("a")}" } }\n`;

async function open(settings: string, options: FromYamlOptions = {}, models = plain): Promise<YamlRouter> {
  const file = write("config.yaml", `model_list:\n${models}${settings}`);
  const yaml = await routerFromYaml({ file }, { env: { ACME_KEY: "acme-secret" }, ...options });
  opened.push(yaml);
  return yaml;
}

const ask = (yaml: YamlRouter, model = "plain", content = "hi") =>
  yaml.router.completion({ model, messages: [{ role: "user", content }] });

const acme = (path: string, more = ""): string => `import { defineProvider } from "@modelyard/provider-kit";
export const provider = (args) => defineProvider({
  name: "acme",
  claims: /^acme-/u,
  environment: { apiKey: ["ACME_KEY"] },
  settings: ["acme_tone"],
  path: "${path}",
  body: ({ model, deployment }) => ({ model, tone: deployment.settings.acme_tone, ...args }),
  answer: ({ say }) => ({ text: say }),
  failure: ({ oops }) => oops,
  ${more}
})();
`;
const map = (more = ""): string =>
  `litellm_settings:\n  custom_provider_map:\n    - { provider: acme, custom_handler: ./acme.mjs${more} }\n`;

describe("a provider that a file names as a module", () => {
  it("serves its deployments, with the settings, variables and bare names that it declares", async () => {
    write("acme.mjs", acme("/speak"));
    const models = `  - { model_name: m, litellm_params: { model: acme/small, acme_tone: dry, api_base: "${upstream.url("a")}" } }
  - { model_name: bare, litellm_params: { model: acme-large, api_base: "${upstream.url("b")}", api_key: own } }
`;
    const yaml = await open(map(", custom_handler_args: { lang: en }"), {}, models);
    expect(await ask(yaml, "m")).toMatchObject({ choices: [{ message: { content: "Hello from upstream" } }] });
    await ask(yaml, "bare");
    const sent = upstream.calls.map(({ host, body, headers }) => [host, body, headers["authorization"]]);
    expect(sent).toEqual([
      ["a", { model: "small", tone: "dry", lang: "en" }, "Bearer acme-secret"],
      ["b", { model: "acme-large", lang: "en" }, "Bearer own"],
    ]);
    expect([yaml.warnings, yaml.unserved]).toEqual([[], []]);
    expect([...yaml.sources.keys()].some((path) => path.endsWith("acme.mjs"))).toBe(true);
  });

  it("is replaced when its module changes, by one that is checked first", async () => {
    write("acme.mjs", acme("/nowhere"));
    const yaml = await open(map(), {}, custom());
    await expect(ask(yaml, "m")).rejects.toThrow();
    write("acme.mjs", acme("/speak"));
    await yaml.reload();
    expect(await ask(yaml, "m")).toMatchObject({ choices: [{ message: { content: "Hello from upstream" } }] });
    write("acme.mjs", "throw new Error('no');\n");
    await expect(yaml.reload()).rejects.toThrow(/custom_handler: \S+acme\.mjs cannot be loaded: no \(line 1\)/u);
    await ask(yaml, "m");
  });

  it("can be added and removed while the router runs", async () => {
    write("acme.mjs", acme("/speak"));
    const yaml = await open("", {}, plain);
    write("config.yaml", `model_list:\n${plain}${custom()}${map()}`);
    await yaml.reload();
    await ask(yaml, "m");
    write("config.yaml", `model_list:\n${plain}`);
    await yaml.reload();
    await expect(ask(yaml, "m")).rejects.toMatchObject({ kind: "model_not_found" });
  });

  it("is known to the process that reads changes elsewhere", async () => {
    write("acme.mjs", acme("/speak"));
    const readChanges: FromYamlOptions["readChanges"] = async (request) =>
      structuredClone(await answerReadRequest(structuredClone(request)));
    const yaml = await open(map(), { readChanges }, custom());
    write("acme.mjs", acme("/speak", 'accepts: ["seed"],'));
    await yaml.reload();
    await ask(yaml, "m");
    write("acme.mjs", acme("/speak").replace("answer:", "anwser:"));
    await expect(yaml.reload()).rejects.toThrow(/custom_handler: defineProvider\.anwser: unknown option/u);
    await ask(yaml, "m");
  });

  it("gives way to a provider of the program with the same name", async () => {
    write("acme.mjs", acme("/nowhere"));
    const { defineProvider } = await import("@modelyard/provider-kit");
    const own = defineProvider<{ readonly say: string }>({
      name: "acme",
      path: "/speak",
      body: () => ({}),
      answer: ({ say }) => ({ text: say }),
    })({ apiKey: "k" });
    const yaml = await open(map(), { providers: [own] }, custom());
    await ask(yaml, "m");
    expect(upstream.calls.map(({ path }) => path)).toEqual(["/a/speak"]);
  });

  it.each([
    [
      "another name",
      acme("/speak").replace('"acme"', '"acne"'),
      "",
      /:5:9 litellm_settings\.custom_provider_map\[0\]\.provider: the module's provider is named "acne"\. Write provider: acne/u,
    ],
    [
      "a mistake in its definition",
      acme("/speak").replace("answer:", "anwser:"),
      "",
      /:5:25 litellm_settings\.custom_provider_map\[0\]\.custom_handler: defineProvider\.anwser: unknown option\. Did you mean "answer"\?/u,
    ],
    [
      "a line that throws",
      "const one = 1;\nthrow new Error('no');\n",
      "",
      /custom_handler: \S+acme\.mjs cannot be loaded: no \(line 2\)\. Correct the module\./u,
    ],
    [
      "no provider",
      "export const other = 1;\n",
      "",
      /acme\.mjs does not export a provider, only other\. Export a function named "provider"/u,
    ],
    [
      "half a provider",
      'export default { name: "acme" };\n',
      "",
      /acme\.mjs does not return a valid provider: it has no method "call"/u,
    ],
    [
      "an argument that it refuses",
      'export const provider = ({ size }) => { throw new Error("size: it is too large"); };\n',
      ", custom_handler_args: { size: 5 }",
      /:5:\d+ litellm_settings\.custom_provider_map\[0\]\.custom_handler_args\.size: \S+acme\.mjs rejects it: it is too large\. Correct the argument\.$/u,
    ],
  ])("is refused, with its place, if it has %s", async (_, module, args, message) => {
    write("acme.mjs", module);
    await expect(open(map(args), {}, custom())).rejects.toThrow(message);
  });

  it("is refused outside of the configuration's folder, unless that folder is allowed", async () => {
    writeFileSync(join(root, "outside.mjs"), acme("/speak"));
    const settings = map().replace("./acme.mjs", "../outside.mjs");
    await expect(open(settings, {}, custom())).rejects.toThrow(
      /outside\.mjs: it is outside the folder of the configuration\. Move it there, or allow its folder with --include-from\./u,
    );
    await ask(await open(settings, { includeFrom: [root] }, custom()), "m");
  });

  it("does not hide other errors in the file", async () => {
    write("acme.mjs", acme("/speak"));
    const models = `${custom()}  - { model_name: n, litellm_params: { model: acme/x, rpm: many } }\n`;
    await expect(open(map(), {}, models)).rejects.toThrow(/model_list\[1\]\.litellm_params\.rpm/u);
  });
});

it("the example in docs/custom-parts.md works", async () => {
  const blocks = (page: string, language: string): readonly string[] => {
    const text = readFileSync(new URL(`../../../docs/${page}`, import.meta.url), "utf8");
    return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\``, "gmu"))].map(([, block = ""]) => block);
  };
  const [parts = ""] = blocks("custom-parts.md", "js");
  const [strategy = ""] = blocks("custom-strategies.md", "js");
  const kit = 'import { defineProvider } from "@modelyard/provider-kit";\n';
  const speak =
    'const acme = defineProvider({ name: "acme", path: "/speak", body: () => ({}), answer: ({ say }) => ({ text: say }) });\n';
  for (const name of ["acme.mjs", "ledger.mjs", "store.mjs"]) write(name, kit + speak + parts);
  write("fewest-tokens.mjs", strategy);
  const [settings = ""] = blocks("custom-parts.md", "yaml");
  const yaml = await open(settings, {}, custom().replace("api_base:", "api_key: k, api_base:"));
  expect(await ask(yaml, "m")).toMatchObject({ choices: [{ message: { content: "Hello from upstream" } }] });
  expect(yaml.router.explain("m")).toMatchObject({ strategy: "fewest-tokens" });
  expect(yaml.warnings).toEqual([]);
});

const ledger = (events: string, mark = "on"): string => `export const callback = ({ name = "ledger" }) => ({
  name,
  events: ${events},
  start() { told.push(this.name + " starts"); },
  on(event) { told.push("${mark} " + event.type); },
  async close() { told.push(this.name + " closes"); },
});
`;

describe("a callback that a file names as a module", () => {
  it("receives its events, and gets its settings", async () => {
    write("ledger.mjs", ledger('["request_started", "request_succeeded"]'));
    const settings =
      "litellm_settings: { callbacks: ./ledger.mjs }\ncallback_settings: { ./ledger.mjs: { name: mine } }\n";
    const yaml = await open(settings);
    await ask(yaml);
    await yaml.close();
    expect(told).toEqual(["mine starts", "on request_started", "on request_succeeded", "mine closes"]);
    expect(yaml.warnings).toEqual([]);
  });

  it.each([
    ["success_callback", ["on request_succeeded"]],
    ["failure_callback", ["on request_failed"]],
    ["callbacks", ["on request_succeeded", "on request_failed"]],
  ])("receives the outcomes of %s", async (list, seen) => {
    write("ledger.mjs", ledger('["request_succeeded", "request_failed"]'));
    const yaml = await open(`litellm_settings: { ${list}: [./ledger.mjs] }\n`);
    await ask(yaml);
    await yaml.router
      .completion({ model: "plain", messages: [], mock_testing_rate_limit_error: true })
      .catch(() => undefined);
    expect(told.filter((one) => one.startsWith("on"))).toEqual(seen);
  });

  it("causes a warning if its list keeps all of its events from it", async () => {
    write("ledger.mjs", ledger('["request_failed"]'));
    const yaml = await open("litellm_settings: { success_callback: [./ledger.mjs] }\n");
    expect(yaml.warnings).toEqual([
      expect.stringMatching(
        /:3:40 litellm_settings\.success_callback\[0\]: it receives nothing, because it only listens to request_failed\. Put it in failure_callback\.$/u,
      ),
    ]);
    const strict = open("litellm_settings: { success_callback: [./ledger.mjs] }\n", { strict: true });
    await expect(strict).rejects.toThrow("it receives nothing");
  });

  it("is replaced when its module changes, and kept when something else does", async () => {
    write("ledger.mjs", ledger('["request_succeeded"]', "old"));
    const yaml = await open("litellm_settings: { callbacks: ./ledger.mjs }\n");
    await ask(yaml);
    await yaml.reload();
    write("ledger.mjs", ledger('["request_succeeded"]', "new"));
    expect(await yaml.reload()).toEqual([]);
    await ask(yaml);
    write("ledger.mjs", "throw new Error('no');\n");
    await expect(yaml.reload()).rejects.toThrow(/callbacks\[0\]: \S+ledger\.mjs cannot be loaded: no \(line 1\)/u);
    await ask(yaml);
    expect(told).toEqual(
      [
        ["ledger starts", "old request_succeeded", "ledger starts", "ledger closes"],
        ["new request_succeeded", "new request_succeeded"],
      ].flat(),
    );
  });

  it("can be added and removed while the router runs", async () => {
    write("ledger.mjs", ledger('["request_succeeded"]'));
    const yaml = await open("");
    write("config.yaml", `model_list:\n${plain}litellm_settings: { callbacks: [./ledger.mjs] }\n`);
    expect(await yaml.reload()).toEqual([]);
    await ask(yaml);
    write("config.yaml", `model_list:\n${plain}`);
    await yaml.reload();
    await ask(yaml);
    expect(told).toEqual(["ledger starts", "on request_succeeded", "ledger closes"]);
  });

  it("is refused together with all other mistakes", async () => {
    write("ledger.mjs", ledger('["fallbak"]'));
    const settings = `litellm_settings: { callbacks: [./ledger.mjs, ./gone.mjs], cache: true, cache_params: { type: custom, module: ./gone.mjs } }
router_settings: { routing_strategy: ./gone.mjs }
`;
    await expect(open(settings)).rejects.toThrow(
      /4 problems:\n[^]*ledger\.mjs does not return a valid callback: events\[0\]: it must be one of [^]*callbacks\[1\]: \S+gone\.mjs: there is no such file[^]*cache_params\.module \(3:103\), router_settings\.routing_strategy \(4:20\)\./u,
    );
  });
});

describe("modules that import one another", () => {
  const counted = `import { callback as other } from "./counter-helper.mjs";
export const count = { requests: 0 };
export const callback = () => ({ name: "counter", events: ["request_succeeded"], on() { count.requests += 1; other(); } });
`;
  const helper = `import { count } from "./counter.mjs";
export const callback = () => { told.push("helper " + count.requests); };
`;
  const strategy = `import { count } from "./counter.mjs";
export const strategy = { name: "counted", pick: ([first]) => { told.push("strategy " + count.requests); return first; } };
`;

  it("share their state, in cycles and between two parts", async () => {
    write("counter.mjs", counted);
    write("counter-helper.mjs", helper);
    write("counted.mjs", strategy);
    const settings =
      "litellm_settings: { callbacks: [./counter.mjs] }\nrouter_settings: { routing_strategy: ./counted.mjs }\n";
    const yaml = await open(settings, {}, plain.repeat(2));
    await ask(yaml);
    await ask(yaml);
    expect(told).toEqual(["strategy 0", "helper 1", "strategy 1", "helper 2"]);
  });
});

const store = (mark: string): string => `export function cache({ size = 0 }) {
  const texts = new Map();
  return {
    name: "store",
    get: async (key) => texts.get(key),
    set: async (key, text) => { told.push("${mark} stores " + size); texts.set(key, text); },
    delete: async (key) => { texts.delete(key); },
    close: async () => { told.push("${mark} closes"); },
  };
}
`;
const cached =
  "litellm_settings: { cache: true, cache_params: { type: custom, module: ./store.mjs, module_args: { size: 5 } } }\n";
const stored = (yaml: YamlRouter) => ask(yaml).then(({ routing }) => routing.cache);

describe("a cache that a file names as a module", () => {
  it("keeps answers, and is closed with the router", async () => {
    write("store.mjs", store("it"));
    const yaml = await open(cached);
    expect([await stored(yaml), await stored(yaml)]).toEqual(["miss", "hit"]);
    await yaml.close();
    expect(told).toEqual(["it stores 5", "it closes"]);
  });

  it("is replaced when its module changes, and kept otherwise", async () => {
    write("store.mjs", store("old"));
    const yaml = await open(cached);
    await ask(yaml);
    await yaml.reload();
    write("store.mjs", store("new"));
    expect(await yaml.reload()).toEqual([]);
    await ask(yaml);
    write("store.mjs", "export const cache = {};\n");
    await expect(yaml.reload()).rejects.toThrow(/cache_params\.module: \S+store\.mjs does not return a valid cache/u);
    expect(await stored(yaml)).toBe("hit");
    await yaml.close();
    expect(told).toEqual(["old stores 5", "old closes", "new stores 5", "new closes"]);
  });

  it("replaces no other cache before the next start, which is reported", async () => {
    write("store.mjs", store("it"));
    const yaml = await open("litellm_settings: { cache: true }\n");
    write("config.yaml", `model_list:\n${plain}${cached}`);
    expect(await yaml.reload()).toEqual([expect.stringContaining("the type and size of the cache: changed")]);
    await yaml.close();
    expect(told).toEqual([]);
  });

  it("is closed if something else in the file is wrong", async () => {
    write("store.mjs", store("it"));
    const settings = cached.replace("cache: true", "cache: true, callbacks: [sentry]");
    await expect(open(settings)).rejects.toThrow("SENTRY_DSN is not set");
    expect(told).toEqual(["it closes"]);
  });

  it("is created but not used by a router that is only inspected", async () => {
    write("store.mjs", store("it"));
    const yaml = await open(cached, { offline: true });
    await ask(yaml);
    await yaml.close();
    expect(told).toEqual(["it closes"]);
    write("store.mjs", "export const cache = () => { throw new Error('size: it is odd'); };\n");
    await expect(open(cached, { offline: true })).rejects.toThrow(/cache_params\.module_args\.size: .* it is odd\./u);
  });
});
