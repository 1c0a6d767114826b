import { library } from "../../tsup.base.js";

/**
 * The part of provider-kit that reads vendors' errors is included in the build: installed as a dependency, the package would
 * bring the HTTP client for Node, which is never used here.
 */
export default library(["src/index.ts"], {
  noExternal: ["@modelyard/provider-kit"],
  esbuildOptions(options) {
    options.conditions = ["@modelyard/source"];
    options.platform = "neutral";
  },
});
