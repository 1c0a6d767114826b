import { defineConfig } from "vitest/config";

const conditions = ["@modelyard/source", "node", "import", "default"];

/** Runs the conformance suites over faulty implementations. `mutants.test.ts` expects each of them to fail. */
export default defineConfig({
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: { root: import.meta.dirname, include: ["*.mutants.ts"] },
});
