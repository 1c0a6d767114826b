import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** A JavaScript platform whose binary comes from an npm package. */
export interface Runtime {
  readonly name: string;
  /** Path of the binary. `undefined`: there is none for this machine. */
  readonly binary: string | undefined;
}

const require = createRequire(import.meta.url);

function binaryOf(packages: readonly string[], file: string): string | undefined {
  for (const name of packages) {
    try {
      const binary = join(dirname(require.resolve(`${name}/package.json`)), file);
      if (existsSync(binary)) return binary;
    } catch {
      // There is no binary for this machine.
    }
  }
  return undefined;
}

/** The platforms. Their versions are in package.json. */
export const runtimes = {
  node22: { name: "Node 22.12", binary: binaryOf(["node-22-linux-x64"], "bin/node") },
  node: { name: `Node ${process.versions.node}`, binary: process.execPath },
  bun: { name: "Bun", binary: binaryOf(["@oven/bun-linux-x64", "@oven/bun-linux-aarch64"], "bin/bun") },
  deno: { name: "Deno", binary: binaryOf(["@deno/linux-x64-glibc", "@deno/linux-arm64-glibc"], "deno") },
  workerd: {
    name: "workerd",
    binary: binaryOf(["@cloudflare/workerd-linux-64", "@cloudflare/workerd-linux-arm64"], "bin/workerd"),
  },
} satisfies Record<string, Runtime>;

/** Prints which platforms cannot be tested on this machine. @throws if `REQUIRE_PLATFORMS=1` requires all of them */
export function reportMissing(needed: readonly Runtime[] = Object.values(runtimes)): void {
  const missing = needed.filter(({ binary }) => binary === undefined);
  if (missing.length === 0) return;
  const names = missing.map(({ name }) => name).join(", ");
  if (process.env["REQUIRE_PLATFORMS"] === "1")
    throw new Error(`REQUIRE_PLATFORMS=1, but this machine has no binary of: ${names}.`);
  console.warn(`\n!! This machine has no binary of ${names}: their tests are SKIPPED.\n`);
}
