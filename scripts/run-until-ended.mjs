import { spawn } from "node:child_process";

/** How often the parent process is checked, in milliseconds. */
const checkMs = 250;
const parent = process.ppid;

/**
 * Whether npm started this process, and the shell in between has ended. npm sends SIGTERM only to that shell, and dash, for
 * example, ends without passing it on, so the end of the shell is the only sign of it. Without npm, a process may
 * outlive the shell that started it, as with `nohup`.
 * @returns {boolean}
 */
export function isAbandoned() {
  return process.env["npm_lifecycle_event"] !== undefined && process.ppid !== parent;
}

/**
 * Runs a program, and ends with its exit code. Signals are passed on to it, and so is the end of the shell that npm
 * started: the program decides when it ends.
 * @param {string} file
 * @param {readonly string[]} args
 */
export function runUntilEnded(file, args) {
  const child = spawn(file, args, { stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM"]) {
    process.on(signal, () => {
      child.kill(signal);
    });
  }
  const watch = setInterval(() => {
    if (!isAbandoned()) return;
    clearInterval(watch);
    child.kill("SIGTERM");
  }, checkMs);
  child.on("exit", (code, signal) => {
    process.exit(code ?? (signal === null ? 1 : 128));
  });
}
