import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import * as nodeModule from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { Cli } from "./support/run-cli.js";

let cli: Cli;
// No packages are installed in this folder or in its parents.
const folder = mkdtempSync(join(tmpdir(), "modelyard-module-"));

beforeAll(async () => {
  cli = await Cli.build("strategy-modules");
});
afterEach(() => {
  cli.stop();
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const make =
  'strategy = () => ({ name: "mine", pick: (candidates, context) => pickLowest(candidates, context, () => 1) });\n';

/** Node before 22.15 has no hooks for modules. */
const lends = "registerHooks" in nodeModule;

/** Node before 22.18 cannot load TypeScript without a flag. */
const strips = process.features.typescript !== false;

it.skipIf(!lends || !strips)(
  "the bundled proxy checks providers, callbacks and caches that a file names as modules",
  async () => {
    writeFileSync(
      join(folder, "acme.ts"),
      `import { defineProvider } from "modelyard";
interface Line { readonly say: string }
const body = ({ model }: { readonly model: string }) => ({ model });
export const provider = defineProvider<Line>({ name: "acme", path: "/speak", body, answer: ({ say }) => ({ text: say }) });
`,
    );
    writeFileSync(
      join(folder, "ledger.cjs"),
      'exports.callback = { name: "ledger", events: ["fallback"], on() {} };\n',
    );
    writeFileSync(join(folder, "store.mjs"), 'export { memoryCache as cache } from "modelyard";\n');
    const file = join(folder, "parts.yaml");
    writeFileSync(
      file,
      `model_list: [{ model_name: m, litellm_params: { model: acme/x, api_base: "http://127.0.0.1:9", api_key: k } }]
litellm_settings:
  custom_provider_map: [{ provider: acme, custom_handler: ./acme.ts }]
  callbacks: [./ledger.cjs]
  cache: true
  cache_params: { type: custom, module: ./store.mjs }
`,
    );
    const run = cli.run(["check", "--strict", file], { env: { NODE_PATH: "" } });
    const code = await run.exited;
    expect(run.output()).toMatch(
      / m +1 deployment[^]* \.\/acme\.ts +provider acme\n +\.\/ledger\.cjs +callback\n +\.\/store\.mjs +cache\n/u,
    );
    expect(code).toBe(0);
    const explained = cli.run(["explain", file], { env: { NODE_PATH: "" } });
    await explained.exited;
    expect(explained.output()).toMatch(
      /Modules\n +provider acme +\.\/acme\.ts +\S+parts\.yaml:3\n +callback +\.\/ledger\.cjs +\S+:4\n +cache +\.\/store\.mjs +\S+:6\n/u,
    );
  },
);

it.skipIf(!lends).each([
  [
    "mine.mjs",
    `import { pickLowest } from "modelyard";\nimport { isJsonObject } from "@modelyard/core/kit";\nif (!isJsonObject({})) throw new Error("no");\nexport const ${make}`,
  ],
  ["mine.cjs", `const { pickLowest } = require("@modelyard/strategies");\nexports.${make}`],
])("the bundled proxy shares its packages with a strategy's module: %s", async (name, text) => {
  writeFileSync(join(folder, name), text);
  const file = join(folder, "config.yaml");
  const entry = "  - { model_name: m, litellm_params: { model: openai/m, api_key: k } }\n";
  writeFileSync(file, `model_list:\n${entry.repeat(2)}router_settings: { routing_strategy: ./${name} }\n`);
  const run = cli.run(["check", file], { env: { NODE_PATH: "" } });
  const code = await run.exited;
  expect(run.output()).toMatch(/ m +2 deployments +mine\n/u);
  expect(code).toBe(0);
});
