import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { routerFromYaml } from "./router-from-yaml.js";

const docs = fileURLToPath(new URL("../../../docs", import.meta.url));
const env = { OPENAI_API_KEY: "a", ANTHROPIC_API_KEY: "b", AZURE_API_KEY: "c" };

const examples = [join(docs, "../README.md"), ...readdirSync(docs).map((name) => join(docs, name))].flatMap((file) =>
  [...readFileSync(file, "utf8").matchAll(/^```yaml\n(?<text>[\s\S]*?)^```/gmu)]
    .map((match) => match.groups?.["text"] ?? "")
    .filter((text) => text.includes("model_list:"))
    .map((text, index) => [`${file.split("/").at(-1) ?? ""} ${String(index + 1)}`, text] as const),
);

describe("the documentation's YAML", () => {
  it.each(examples)("%s boots, without a warning", async (_, text) => {
    const yaml = await routerFromYaml(text, { env });
    expect(yaml.warnings).toEqual([]);
    expect(yaml.router.models().length).toBeGreaterThan(0);
    await yaml.close();
  });
});
