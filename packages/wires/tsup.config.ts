import { library } from "../../tsup.base.js";

/**
 * The ES module has no whitespace either, which is a fifth of it: applications never call this package themselves, and what
 * `@modelyard/ai-sdk` takes with the router must stay below 3 MB.
 */
export default library(["src/index.ts"], {
  esbuildOptions(options) {
    options.minifyWhitespace = true;
    options.lineLimit = 160;
  },
});
