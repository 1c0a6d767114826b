import { defineConfig } from "vitest/config";

/** Generated projects get the packages of this repository from their sources; nothing has to be built or installed. */
const conditions = ["@modelyard/source", "node", "import", "default"];

export default defineConfig({
  ssr: { resolve: { conditions, externalConditions: conditions } },
  // In one process, since importing the sources again for each project would take most of the time.
  test: { include: ["*/src/**/*.test.ts"], isolate: false, maxWorkers: 1, testTimeout: 30_000, hookTimeout: 30_000 },
});
