import { defineConfig } from "tsup";

export default defineConfig({
  entry: [
    "src/run.ts",
    "src/in-process.ts",
    "src/over-http.ts",
    "src/compare.ts",
    "src/bars.ts",
    "src/soak.ts",
    "src/holds.ts",
    "src/simulate.ts",
    "src/holds/peer.ts",
    "src/soak/probe.ts",
    "src/servers/*.ts",
  ],
  format: ["esm"],
  target: "node22",
  clean: true,
});
