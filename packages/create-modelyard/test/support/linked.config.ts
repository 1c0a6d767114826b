import { defineConfig } from "vitest/config";

/** Generated projects get the packages of this repository from their sources; nothing has to be built or installed. */
const conditions = ["@modelyard/source", "node", "import", "default"];

export default defineConfig({
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: { include: ["*/src/**/*.test.ts"], testTimeout: 30_000, hookTimeout: 30_000 },
});
