import { isMainThread } from "node:worker_threads";

/** Loaded before the command line, it ends every thread in which a changed file would be read. */
if (!isMainThread) process.exit(3);
