// As a whole: what an older Node does not have must not keep the file from being read.
import module from "node:module";
import { join } from "node:path";
import { boundMemory } from "./bound-memory.js";

/** The same as `engines` says. */
const needed = [22, 12] as const;
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < needed[0] || (major === needed[0] && minor < needed[1])) {
  process.stderr.write(
    `modelyard needs Node ${needed.join(".")} or newer; this is Node ${process.versions.node} (${process.execPath}).\n`,
  );
  process.exit(1);
}

const isReader = process.env["MODELYARD_READER"] !== undefined && process.channel !== undefined;
if (!isReader) boundMemory(major);
// What V8 made of the code is kept beside it, where nobody else writes, and read by the next start. Where that cannot be
// written all goes on without; NODE_COMPILE_CACHE chooses another place, NODE_DISABLE_COMPILE_CACHE none.
module.enableCompileCache(join(import.meta.dirname, "../node_modules/.cache/modelyard"));
if (isReader) {
  // The process that serves has changed files read by another one, which runs this same file: there is one in every bundle.
  const { answerInProcess } = await import("./reading-process.js");
  await answerInProcess();
} else await import("./program.js");
