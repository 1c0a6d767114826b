// As a whole: what an older Node does not have must not keep the file from being read.
import module from "node:module";
import { join } from "node:path";
import { isMainThread } from "node:worker_threads";
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

if (isMainThread) {
  boundMemory(major);
  // What V8 made of the code is kept beside it, where nobody else writes, and read by the next start. Where that cannot be
  // written all goes on without; NODE_COMPILE_CACHE chooses another place, NODE_DISABLE_COMPILE_CACHE none.
  module.enableCompileCache(join(import.meta.dirname, "../node_modules/.cache/modelyard"));
  await import("./program.js");
} else {
  // The process that serves reads changed files in a thread, which runs this same file: there is one in every bundle.
  const { answerInThread } = await import("./reading-thread.js");
  await answerInThread();
}
