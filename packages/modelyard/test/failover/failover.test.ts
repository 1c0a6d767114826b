// What callers get when a vendor fails in sixteen ways, with a plain configuration and with the one that the guide recommends.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { judge, play, scenarios, type Verdict } from "./scenarios.js";

/** Two retries, 30 s, one fallback. */
const plain = `
router_settings:
  num_retries: 2
  timeout: 30
  fallbacks: [{ PRIMARY: [FALLBACK] }]
`;

/** The settings under "What to turn on" in the guide's production example. */
function recommended(): string {
  const page = readFileSync(new URL("../../../../docs/guide/production-example.md", import.meta.url), "utf8");
  const section = page.slice(page.indexOf("## What to turn on"));
  const block = /```yaml\n(?<text>[\s\S]*?)```/u.exec(section)?.groups?.["text"] ?? "";
  const settings = block.slice(block.indexOf("router_settings:"));
  return `\n${settings.replace("[{ gpt-4: [claude] }]", "[{ PRIMARY: [FALLBACK] }]")}`;
}

describe.each([
  {
    name: "a plain configuration",
    settings: plain,
    wanted: {
      "a slow first token": "partial",
      "a stream that is cut": "safe",
      "a stream that stalls": "safe",
      "an unreadable event": "safe",
      "a stream that is cut, with a fallback that refuses the beginning of an answer": "safe",
    } as Readonly<Record<string, Verdict>>,
  },
  { name: "the recommended configuration", settings: recommended(), wanted: {} as Readonly<Record<string, Verdict>> },
])("a proxy with $name", ({ settings, wanted }) => {
  it.each(scenarios)("handles as required: $name", async (scenario) => {
    const outcome = await play(scenario, settings);
    expect(judge(scenario, outcome)).toBe(wanted[scenario.name] ?? "pass");
  });
});
