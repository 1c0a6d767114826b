import { defineConfig } from "tsup";

/** What the command uses of core is included, so that `npm create` downloads little. */
export default defineConfig({
  entry: ["src/cli.ts"],
  noExternal: ["@modelyard/core"],
  format: ["esm"],
  platform: "node",
  target: "node22",
  clean: true,
  treeshake: true,
  esbuildOptions: (options) => {
    options.conditions = ["@modelyard/source"];
  },
  banner: { js: "#!/usr/bin/env node" },
});
