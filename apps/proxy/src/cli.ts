// A default import: a named import that an older Node does not have would fail before the version is checked.
import module from "node:module";
import { join } from "node:path";
import { boundMemory } from "./bound-memory.js";

/** The same version as `engines` in package.json. */
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
// The compiled code is cached inside the package, where nobody else writes, to speed up the next start. If the folder
// is not writable, Node continues without a cache. NODE_COMPILE_CACHE sets another folder, and NODE_DISABLE_COMPILE_CACHE
// turns the cache off.
module.enableCompileCache(join(import.meta.dirname, "../node_modules/.cache/modelyard"));
if (isReader) {
  // The serving process forks a reader for changed files. It runs this file too, so that every bundle contains it.
  const { answerInProcess } = await import("./reading-process.js");
  await answerInProcess();
} else await import("./program.js");
