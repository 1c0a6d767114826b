import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { htmlReport } from "./html-report.js";
import { comparisonReport } from "./comparison-report.js";
import { type Comparison, simulateFile, type SimulateOptions } from "./simulate.js";

const folder = mkdtempSync(join(tmpdir(), "modelyard-simulate-"));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const config = file(
  "config.yaml",
  `
model_list:
  - { model_name: gpt-4o, litellm_params: { model: azure/gpt-4o-eu, base_model: azure/gpt-4o, api_key: os.environ/EU_KEY, api_base: "https://eu.test" } }
  - { model_name: gpt-4o, litellm_params: { model: gpt-4o, api_key: os.environ/OPENAI_KEY } }
  - { model_name: claude, litellm_params: { model: claude-sonnet-4-5, api_key: os.environ/CLAUDE_KEY } }
router_settings:
  routing_strategy: latency-based-routing
  routing_strategy_args: { ttl: 60 }
  num_retries: 1
`,
);

const usual = { workload: "steady", requests: 300, rate: 3, seed: 1, processes: 1 };

function compare(changes: Partial<SimulateOptions> = {}): Promise<Comparison> {
  return simulateFile(config, { ...usual, ...changes });
}

describe("modelyard simulate", () => {
  it("simulates a file without its secrets, with its own strategy, and prints a table", async () => {
    const text = comparisonReport(await compare());
    expect(text).toMatch(/^gpt-4o +latency-based-routing +omniscient\nfirst token, p50 +\d\.\d\d s +\d\.\d\d s\n/u);
    expect(text).toMatch(/^success +100\.0 % +100\.0 %$/mu);
    expect(text).toContain("300 requests.");
    expect(comparisonReport(await compare())).toBe(text);
  });

  it("compares strategies on the same requests, at the prices of the catalog", async () => {
    const { variants } = await compare({ compare: "simple-shuffle, least-busy", model: "gpt-4o" });
    expect(variants.map(({ name }) => name)).toEqual(["simple-shuffle", "least-busy"]);
    expect(variants[0]?.result.costUsd).toBeGreaterThan(0.1);
    expect(variants[0]?.result.costUsd).toBeCloseTo(variants[1]?.result.costUsd ?? 0, 6);
  });

  it("tries values of an argument", async () => {
    const { variants } = await compare({ sweep: "routing_strategy_args.lowest_latency_buffer=0,5" });
    expect(variants.map(({ name }) => name)).toEqual([
      "latency-based-routing lowest_latency_buffer=0",
      "latency-based-routing lowest_latency_buffer=5",
    ]);
    expect(variants[0]?.result.digest).not.toBe(variants[1]?.result.digest);
  });

  it("asks what happens in an outage, and with slower deployments", async () => {
    const { variants } = await compare({ outage: ["gpt-4o=0-1000"], requests: 100, rate: 1 });
    const attempts = variants[0]?.result.attempts ?? 0;
    expect(attempts).toBeGreaterThan(1);
    expect(variants[0]?.result.success).toBe(1);
    const deployments = file("models.json", JSON.stringify({ "*": { networkMs: 3_000 } }));
    const slow = await compare({ deployments, requests: 50, rate: 1 });
    expect(slow.variants[0]?.result.firstTokenMs.p50).toBeGreaterThan(3_000);
  });

  it("asks what other prices would cost", async () => {
    const costs = { price: ["gpt-4o=10,20", "gpt-4o-eu=10,20"] };
    const [before, after] = [(await compare()).variants[0]?.result, (await compare(costs)).variants[0]?.result];
    // The same requests go to the same deployments.
    expect(after?.firstTokenMs).toEqual(before?.firstTokenMs);
    const tokens = (of: "inputTokens" | "outputTokens"): number =>
      Object.values(after?.deployments ?? {}).reduce((sum, figures) => sum + figures[of], 0);
    const cached = Object.values(after?.deployments ?? {}).reduce((sum, { cachedTokens }) => sum + cachedTokens, 0);
    expect(cached).toBe(0);
    expect(after?.costUsd).toBeCloseTo((tokens("inputTokens") * 10 + tokens("outputTokens") * 20) / 1e6, 6);
  });

  it("asks what one more deployment would change", async () => {
    const { variants } = await compare({ add: ["gpt-4o", "gpt-4o"], compare: "simple-shuffle" });
    const deployments = Object.entries(variants[0]?.result.deployments ?? {});
    const used = deployments.filter(([, { calls }]) => calls > 0).map(([id]) => id);
    expect(used).toHaveLength(4);
    expect(used.filter((id) => /-[23]$/u.test(id))).toHaveLength(2);
  });

  it("draws a page that loads nothing, and shows names as they are", async () => {
    const comparison = await compare({ compare: "simple-shuffle,least-busy", outage: ["gpt-4o=0-1000"] });
    const page = htmlReport(comparison, "A <b>file</b>");
    expect(page).toContain("A &lt;b&gt;file&lt;/b&gt;");
    expect(page).not.toMatch(/<script|<link|src=|url\((?!#)|@import/u);
    expect(page.match(/<svg/gu)).toHaveLength(4);
    expect(page).toContain("Calls by deployment: simple-shuffle");
    // Ids that the file does not set are hashes, which nobody can read.
    expect(page).toContain(">gpt-4o-eu</text>");
    expect(page).not.toMatch(/NaN|undefined/u);
  });

  it("draws failures if there are any", async () => {
    const outage = ["gpt-4o=0-1000", "gpt-4o-eu=0-1000"];
    const failed = await compare({ outage, requests: 50 });
    expect(htmlReport(failed, "t")).toContain("Failed requests");
  });

  it("replays a recorded workload, and generates others", async () => {
    const workload = file("requests.csv", "at_ms,input_tokens,output_tokens\n0,100,10\n500,200,20\n900,300,30\n");
    expect((await compare({ workload })).variants[0]?.result.requests).toBe(3);
    for (const kind of ["bursty", "diurnal", "sessions"])
      expect((await compare({ workload: kind, requests: 60, model: "claude" })).variants[0]?.result.success).toBe(1);
  });

  it.each([
    [{ model: "gpt-4" }, 'has no model group "gpt-4"'],
    [{ compare: "least-bussy" }, 'Did you mean "least-busy"?'],
    [{ sweep: "ttl=1,2" }, "routing_strategy_args.ttl=10,60,300"],
    [{ sweep: "routing_strategy_args.ttt=1" }, "latency-based-routing has no such argument"],
    [{ outage: ["gpt-5=1-2"] }, 'there is no deployment "gpt-5"'],
    [{ price: ["gpt-4o=free"] }, "gpt-4o=2.5,10"],
    [{ price: ["gpt-5=1,2"] }, 'there is no deployment "gpt-5"'],
    [{ add: ["gpt-4"] }, 'Did you mean "gpt-4o" or "gpt-4o-eu"?'],
    [{ workload: "steddy" }, 'there is no file "steddy"'],
    [{ deployments: "/nowhere.json" }, "cannot be read"],
    [{ deployments: file("typo.json", '{ "*": { "sped": 2 } }') }, 'Did you mean "speed"?'],
  ])("explains what is wrong with %j", async (changes, message) => {
    await expect(compare(changes)).rejects.toThrow(message);
  });
});
