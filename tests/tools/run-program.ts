import { spawn } from "node:child_process";

export interface Program {
  readonly command: string;
  readonly args: readonly string[];
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
}

export interface Finished {
  /** `undefined`: it did not end in time, and was killed. */
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end. What it started itself ends with it: Codex, for example, runs as a child of a script. */
export function runProgram({ command, args, folder, env, timeoutMs }: Program): Promise<Finished> {
  const child = spawn(command, args, { cwd: folder, env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  const killAll = (): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
    } catch {
      // All of them have ended.
    }
  };
  process.once("exit", killAll);
  let [stdout, stderr, late] = ["", "", false];
  child.stdout.on("data", (piece: Buffer) => {
    stdout += piece.toString();
  });
  child.stderr.on("data", (piece: Buffer) => {
    stderr += piece.toString();
  });
  const timer = setTimeout(() => {
    late = true;
    killAll();
  }, timeoutMs);
  return new Promise((resolve, reject) => {
    child.once("error", reject).once("close", (code) => {
      clearTimeout(timer);
      process.off("exit", killAll);
      killAll();
      resolve({ exitCode: late ? undefined : (code ?? -1), stdout, stderr });
    });
  });
}
