import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "@modelyard/core/kit";
import { scriptedProvider } from "@modelyard/testing";
import { afterAll, expect, it } from "vitest";
import { routerFromYaml } from "./router-from-yaml.js";

// No packages are installed in this folder or in its parents.
const folder = mkdtempSync(join(tmpdir(), "modelyard-own-"));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const pick = "pick: (candidates, context) => pickLowest(candidates, context, (one) => one.tokensUsed(context.now))";

async function served(name: string, text: string): Promise<string> {
  writeFileSync(join(folder, name), text);
  const file = join(folder, `${name}.yaml`);
  const entry = "  - { model_name: m, litellm_params: { model: openai/m, api_key: k } }\n";
  writeFileSync(file, `model_list:\n${entry.repeat(2)}router_settings: { routing_strategy: ./${name} }\n`);
  const providers = [scriptedProvider({ clock: systemClock })];
  const yaml = await routerFromYaml({ file }, { env: {}, providers });
  await yaml.router.completion({ model: "m", messages: [{ role: "user", content: "hi" }] });
  const { strategy } = yaml.router.explain("m");
  await yaml.close();
  return String(strategy);
}

it.each([
  ["strategies", `import { pickLowest } from "@modelyard/strategies";`],
  ["modelyard", `import { pickLowest } from "modelyard";`],
  [
    "core",
    `import { RouterError } from "@modelyard/core"; import { pickLowest } from "@modelyard/strategies"; if (RouterError.isInstance({})) throw new Error("no");`,
  ],
  [
    "kit",
    `import { oneOf } from "@modelyard/core/kit"; import { pickLowest } from "@modelyard/strategies"; if (oneOf([1], { next: () => 0 }) !== 1) throw new Error("no");`,
  ],
])("a strategy's module may import the packages of this process: %s", async (name, imports) => {
  const text = `${imports}\nexport const strategy = () => ({ name: "own-${name}", ${pick} });\n`;
  expect(await served(`${name}.mjs`, text)).toBe(`own-${name}`);
});

it("a module shares the classes of this process, so that its errors are recognized", async () => {
  const text = `import { invalidOption } from "@modelyard/core/kit";\nexport const strategy = () => { throw invalidOption("routing_strategy_args.size", "it is too small.", "Enlarge it."); };\n`;
  await expect(served("throws.mjs", text)).rejects.toThrow("it is too small. Enlarge it.");
});

it("a module cannot import a package that this process does not have", async () => {
  const text = `import "@modelyard/nowhere";\nexport const strategy = () => ({ name: "x", ${pick} });\n`;
  await expect(served("missing.mjs", text)).rejects.toThrow("Cannot find package '@modelyard/nowhere'");
});
