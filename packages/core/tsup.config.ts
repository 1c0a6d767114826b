import { library } from "../../tsup.base.js";

// Also CommonJS shares its chunks: there is one class of each error, whichever entry throws it.
export default library(["src/index.ts", "src/options/index.ts", "src/settings/index.ts"], { splitting: true });
