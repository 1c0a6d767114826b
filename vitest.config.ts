import { existsSync, readdirSync } from "node:fs";
import { basename } from "node:path";
import { defineConfig } from "vitest/config";

/** Tests read the sources of every package; nothing has to be built first. */
const conditions = ["@modelyard/source", "node", "import", "default"];

const projects = [
  "packages",
  "apps",
  "examples",
  "bench",
  "site",
  "tests",
  "tests/conformance",
  "tests/deploy",
  "tests/platforms",
].flatMap((top) => {
  const folder = new URL(`${top}/`, import.meta.url);
  if (!existsSync(folder)) return [];
  if (existsSync(new URL("package.json", folder))) return [{ name: basename(top), root: top }];
  return readdirSync(folder).map((name) => ({ name, root: `${top}/${name}` }));
});

/**
 * Their test files share processes, which saves importing the sources for each file: half of their processor time. Tests
 * that stub globals or the environment restore them.
 */
const sharing: ReadonlySet<string> = new Set([
  "cache-memory",
  "config-yaml",
  "core",
  "engine",
  "gateway",
  "modelyard",
  "policies",
  "provider-kit",
  "providers-anthropic",
  "providers-openai",
  "router",
  "simulator",
  "strategies",
  "testing",
  "wires",
]);

export default defineConfig({
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    // Nothing takes that long; a machine that does much else may.
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // Modules that tests write to folders of their own are loaded by Node, as they are outside of tests.
    server: { deps: { external: [/\/modelyard-[^/]+\/(?:.*\/)?[^/]+\.mjs$/u] } },
    globalSetup: ["./tests/support/redis.setup.ts"],
    reporters: ["default", "./scripts/count-reporter.ts"],
    projects: projects.map(({ name, root }) => ({
      extends: true,
      root,
      test: {
        name,
        isolate: !sharing.has(name),
        include: ["**/*.test.ts"],
        // The templates of create-modelyard are tested as the projects that it writes.
        exclude: [
          "**/node_modules/**",
          "**/dist/**",
          "platforms/**",
          "conformance/**",
          "deploy/**",
          "templates/**",
          ".generated/**",
        ],
      },
    })),
  },
});
