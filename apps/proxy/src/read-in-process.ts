import { fork } from "node:child_process";
import { invalidOption } from "@modelyard/core/kit";
import type { ReadReply, ReadRequest } from "modelyard";
import { readerVariable } from "./reading-process.js";

/** The largest files that are allowed take about ten seconds to read on a busy machine. */
const defaultLimitMs = 60_000;
/** The largest files that are allowed need about half of this memory. */
const defaultMegabytes = 1_024;

export interface ReadInProcessOptions {
  /**
   * The script that the process runs.
   * @defaultValue the command line itself, which acts as a reader if `readerVariable` is set
   */
  readonly entry?: string;
  /**
   * Time after which the process is killed. Milliseconds, above 0.
   * @defaultValue 60_000
   */
  readonly limitMs?: number;
  /**
   * Limit for the heap of the process. Megabytes.
   * @defaultValue 1_024
   */
  readonly maxMegabytes?: number;
}

/**
 * Reads a changed configuration in a separate process, so that requests are served meanwhile. A worker thread is not
 * enough, because V8 ends the whole process if a thread needs too much memory at once.
 * @throws `invalid_option` if the process fails or takes too long
 */
export async function readInProcess(request: ReadRequest, options: ReadInProcessOptions = {}): Promise<ReadReply> {
  const { limitMs = defaultLimitMs, maxMegabytes = defaultMegabytes } = options;
  const file = typeof request.source === "string" ? "the configuration" : request.source.file;
  const refused = (problem: string): Error =>
    invalidOption(file, problem, "Make the file smaller, or restart the proxy to read it.");
  const reader = fork(options.entry ?? process.argv[1] ?? "", [], {
    // Unlike JSON, this can transfer maps and typed arrays.
    serialization: "advanced",
    execArgv: [...process.execArgv, `--max-old-space-size=${String(maxMegabytes)}`],
    env: { ...process.env, [readerVariable]: "1" },
    stdio: ["ignore", "ignore", "ignore", "ipc"],
  });
  const end = (): void => {
    reader.kill("SIGKILL");
  };
  process.once("exit", end);
  let timer: NodeJS.Timeout | undefined;
  try {
    return await new Promise<ReadReply>((resolve, reject) => {
      timer = setTimeout(() => {
        reject(refused(`it could not be read within ${String(limitMs / 1000)} s.`));
      }, limitMs);
      reader.once("message", (reply) => {
        resolve(reply as ReadReply);
      });
      reader.once("error", ({ message }) => {
        reject(refused(`the process that reads it failed: ${message}.`));
      });
      reader.once("exit", (code, signal) => {
        reject(refused(`the process that reads it exited with ${signal ?? `code ${String(code)}`}.`));
      });
      reader.send(request, (error) => {
        if (error !== null) reject(refused(`the process that reads it failed: ${error.message}.`));
      });
    });
  } finally {
    clearTimeout(timer);
    process.off("exit", end);
    end();
  }
}
