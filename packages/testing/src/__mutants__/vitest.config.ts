import { defineConfig } from "vitest/config";

const conditions = ["@modelyard/source", "node", "import", "default"];

/** Suites over parts that are wrong: run by `mutants.test.ts`, which wants each of them to fail. */
export default defineConfig({
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: { root: import.meta.dirname, include: ["*.mutants.ts"] },
});
