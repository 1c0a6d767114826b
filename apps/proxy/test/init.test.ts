import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { builtInProviders, parseConfig, priceCatalog } from "modelyard";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { init } from "../src/init/init.js";
import { starters } from "../src/init/starters.js";
import { withoutColors } from "../src/terminal/paint.js";

const folder = mkdtempSync(join(tmpdir(), "modelyard-init-"));
const file = join(folder, "config.yaml");
beforeEach(() => {
  rmSync(file, { force: true });
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

type Environment = Readonly<Record<string, string>>;

/** Writes a file for these variables, and returns it. The check that follows sees the same variables. */
async function written(env: Environment): Promise<{ readonly text: string; readonly output: string }> {
  const before = { ...process.env };
  Object.assign(process.env, env);
  try {
    const output = await init(file, env, withoutColors);
    return { text: readFileSync(file, "utf8"), output };
  } finally {
    for (const name of Object.keys(env)) {
      if (before[name] === undefined) delete process.env[name];
      else process.env[name] = before[name];
    }
  }
}

describe("modelyard init", () => {
  it("writes a model of each vendor whose key is set, with fallbacks to the others", async () => {
    const { text, output } = await written({ OPENAI_API_KEY: "sk-canary-1", ANTHROPIC_API_KEY: "sk-canary-2" });
    expect(text + output).not.toContain("canary");
    expect(output).toContain("is valid.");
    const { router } = parseConfig(text, { env: { OPENAI_API_KEY: "a", ANTHROPIC_API_KEY: "b" } });
    const groups = router.modelList.map(({ modelName }) => modelName);
    expect(router.modelList.map(({ model }) => model.split("/")[0])).toEqual(["openai", "anthropic"]);
    expect(router.modelList.every(({ rpm }) => rpm !== undefined)).toBe(true);
    expect(router.fallbacks).toEqual([{ [groups[0]!]: [groups[1]] }, { [groups[1]!]: [groups[0]] }]);
    expect(router.modelGroupAlias).toEqual({ default: groups[0] });
    expect(text).toMatch(/# openai\/\S+: \$[\d.]+ per million tokens of prompts and \$[\d.]+ of answers, a window of/u);
  });

  it("writes a second model of the vendor if there is only one", async () => {
    const { text } = await written({ GROQ_API_KEY: "k" });
    const { router } = parseConfig(text, { env: { GROQ_API_KEY: "k" } });
    expect(router.modelList).toHaveLength(2);
    expect(router.fallbacks).toHaveLength(2);
  });

  it.each(
    builtInProviders({ env: {} }).flatMap(({ name, environment }) =>
      (environment?.apiKey ?? []).map((variable) => [name, variable] as const),
    ),
  )("writes a file that is valid, whichever key is set beside OpenAI's: %s by %s", async (_, variable) => {
    const env = { OPENAI_API_KEY: "sk-canary-1", [variable]: "sk-canary-2" };
    const { text, output } = await written(env);
    expect(output).toContain("is valid.");
    expect(text).not.toContain("canary");
    expect(text).toContain(variable);
  });

  it("needs an address, too, for vendors that have none of their own", async () => {
    const key = { AZURE_API_KEY: "k" };
    await expect(written(key)).rejects.toThrow(/keys in the environment \(AZURE_API_KEY\) are not enough/u);
    const { text } = await written({ ...key, AZURE_API_BASE: "https://mine.openai.azure.com" });
    expect(text).toContain("api_base: os.environ/AZURE_API_BASE");
    expect(text).toMatch(/base_model: azure\//u);
  });

  it("asks callers for the master key if one is set", async () => {
    const { text } = await written({ OPENAI_API_KEY: "k", LITELLM_MASTER_KEY: "sk-canary" });
    expect(text).toMatch(/^ {2}master_key: os\.environ\/LITELLM_MASTER_KEY/mu);
    expect(text).not.toContain("canary");
  });

  it("names the JSON Schema of an installed package", async () => {
    const modules = join(folder, "node_modules/modelyard");
    mkdirSync(modules, { recursive: true });
    writeFileSync(join(modules, "schema.json"), "{}");
    const { text } = await written({ OPENAI_API_KEY: "k" });
    rmSync(modules, { recursive: true });
    expect(text.split("\n", 1)).toEqual(["# yaml-language-server: $schema=./node_modules/modelyard/schema.json"]);
  });

  it("does not change a file that exists", async () => {
    writeFileSync(file, "mine");
    await expect(written({ OPENAI_API_KEY: "k" })).rejects.toThrow("exists already and was not changed");
    expect(readFileSync(file, "utf8")).toBe("mine");
  });

  it("writes nothing without a key, and says which variables it looks for", async () => {
    await expect(init(file, {}, withoutColors)).rejects.toThrow(/nothing was written[^]*OPENAI_API_KEY, /u);
    expect(existsSync(file)).toBe(false);
  });

  it("says why a file cannot be written", async () => {
    const nowhere = join(folder, "missing/config.yaml");
    await expect(init(nowhere, { OPENAI_API_KEY: "k" }, withoutColors)).rejects.toThrow("cannot be written: ENOENT.");
  });
});

describe("the models that a new configuration begins with", () => {
  const models = Object.entries(starters).flatMap(([provider, { model, small, baseModel }]) =>
    baseModel === undefined
      ? [model, ...(small === undefined ? [] : [small])].map((name) => [provider, name] as const)
      : [[provider, baseModel.slice(provider.length + 1)] as const],
  );

  it.each(models)("are in the price catalog: %s/%s", async (provider, model) => {
    const catalog = await priceCatalog();
    expect(catalog(provider, model)?.inputCostPerToken).toBeGreaterThan(0);
  });
});
