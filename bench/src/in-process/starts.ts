import { spawnSync } from "node:child_process";
import { parseConfig } from "@modelyard/config-yaml";
import { median } from "../report/statistics.js";
import { best, type Results } from "./timing.js";

const processes = 7;

/** How long an import takes in a new process, in milliseconds. */
function importMs(name: string): number {
  const code = `const at = performance.now(); await import(${JSON.stringify(name)}); process.stdout.write(String(performance.now() - at));`;
  const runs = Array.from({ length: processes }, () => {
    const { stdout } = spawnSync(process.execPath, ["--input-type=module", "-e", code], {
      cwd: import.meta.dirname,
      encoding: "utf8",
    });
    return Number(stdout);
  });
  return median(runs);
}

function yaml(deployments: number): string {
  const entries = Array.from(
    { length: deployments },
    (_, index) =>
      `  - model_name: g${String(index % 10)}\n    litellm_params: { model: openai/gpt-4, api_key: k${String(index)}, rpm: 100 }\n`,
  );
  return `model_list:\n${entries.join("")}`;
}

/** Time that imports and reading the configuration take at startup, in milliseconds. */
export async function starts(): Promise<Results> {
  const results: Results = { "import of @modelyard/router, ms": importMs("@modelyard/router") };
  for (const size of [3, 100, 1_000]) {
    const text = yaml(size);
    const us = await best(
      () => parseConfig(text, { env: {}, file: "config.yaml", lenient: false }),
      size > 100 ? 1 : 5,
    );
    results[`YAML of ${String(size)} deployments, ms`] = us / 1000;
  }
  return results;
}
