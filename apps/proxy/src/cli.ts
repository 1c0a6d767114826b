import { enableCompileCache } from "node:module";
import { join } from "node:path";

// What V8 made of the code is kept beside it, where nobody else writes, and read by the next start. Where that cannot be
// written all goes on without; NODE_COMPILE_CACHE chooses another place, NODE_DISABLE_COMPILE_CACHE none.
enableCompileCache(join(import.meta.dirname, "../node_modules/.cache/modelyard"));
await import("./program.js");
