import { library } from "../../tsup.base.js";

// The CommonJS build shares chunks as well, so that each error class exists once, whichever entry throws it.
export default library(["src/index.ts", "src/kit/index.ts", "src/options/index.ts", "src/settings/index.ts"], {
  splitting: true,
});
