import { realpathSync } from "node:fs";
import { Worker } from "node:worker_threads";
import { invalidOption } from "@modelyard/core";
import type { ReadReply, ReadRequest } from "modelyard";

/** The largest files that are allowed take about ten seconds on a busy machine. */
const defaultLimitMs = 60_000;
/** The largest files that are allowed need about half of it. */
const defaultMegabytes = 1_024;

export interface ReadInThreadOptions {
  /** What the thread runs. @defaultValue the command line itself, which answers the request when it runs in a thread */
  readonly entry?: string;
  /** Time after which the thread is ended. Milliseconds, above 0. @defaultValue 60_000 */
  readonly limitMs?: number;
  /** Most memory that the thread may use. @defaultValue 1_024 */
  readonly maxMegabytes?: number;
}

/**
 * Reads a changed configuration in a thread of its own, so that requests are served meanwhile.
 * @throws `invalid_option` when the thread fails or takes too long
 */
export async function readInThread(request: ReadRequest, options: ReadInThreadOptions = {}): Promise<ReadReply> {
  const { limitMs = defaultLimitMs, maxMegabytes = defaultMegabytes } = options;
  const entry = options.entry ?? realpathSync(process.argv[1] ?? "");
  const file = typeof request.source === "string" ? "the configuration" : request.source.file;
  const refused = (problem: string, cause?: unknown): Error =>
    Object.assign(invalidOption(file, problem, "Make the file smaller, or restart the process to read it."), { cause });
  const worker = new Worker(entry, {
    workerData: request,
    resourceLimits: { maxOldGenerationSizeMb: maxMegabytes },
  });
  // A shutdown does not wait for it.
  worker.unref();
  let timer: NodeJS.Timeout | undefined;
  try {
    return await new Promise<ReadReply>((resolve, reject) => {
      timer = setTimeout(() => {
        reject(refused(`it could not be read within ${String(limitMs / 1000)} s.`));
      }, limitMs);
      timer.unref();
      worker.once("message", resolve);
      worker.once("messageerror", (error) => {
        reject(refused("what was read could not be received.", error));
      });
      worker.once("error", (error) => {
        reject(refused(problemOf(error, maxMegabytes), error));
      });
      worker.once("exit", (code) => {
        reject(refused(`the thread that reads it ended with code ${String(code)}.`));
      });
    });
  } finally {
    clearTimeout(timer);
    void worker.terminate();
  }
}

function problemOf(error: unknown, maxMegabytes: number): string {
  const { code, message } = error as { readonly code?: string; readonly message?: string };
  if (code === "ERR_WORKER_OUT_OF_MEMORY") return `reading it takes more than ${String(maxMegabytes)} MB of memory.`;
  return `the thread that reads it failed: ${message ?? String(error)}`;
}
