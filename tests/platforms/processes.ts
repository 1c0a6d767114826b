import { type ChildProcess, execFile, spawn } from "node:child_process";

/** Arguments with which a platform only runs a script, without looking for updates or downloading packages. */
const before: Readonly<Record<string, readonly string[]>> = {
  Bun: ["--no-install"],
  Deno: ["run", "--no-prompt", "--cached-only", "--no-lock"],
};

export interface Program {
  readonly runtime: { readonly name: string; readonly binary: string | undefined };
  readonly folder: string;
  readonly file: string;
  readonly permissions?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

function commandOf({ runtime, folder, file, permissions = [], env = {} }: Program) {
  return {
    binary: runtime.binary ?? "",
    args: [...(before[runtime.name] ?? []), ...(runtime.name === "Deno" ? permissions : []), file],
    options: {
      cwd: folder,
      env: { PATH: process.env["PATH"], NO_COLOR: "1", DENO_DIR: `${folder}/.deno`, DENO_NO_UPDATE_CHECK: "1", ...env },
    },
  };
}

/** Runs a program and returns its output. */
export function outputOf(program: Program): Promise<string> {
  const { binary, args, options } = commandOf(program);
  return new Promise((resolve, reject) => {
    execFile(binary, args, { ...options, timeout: 20_000 }, (error, stdout) => {
      if (error === null) resolve(stdout);
      else reject(new Error(error.message, { cause: error }));
    });
  });
}

export interface Server {
  readonly port: number;
  stop(): Promise<void>;
}

function portIn(child: ChildProcess, pattern: RegExp): Promise<number> {
  return new Promise((resolve, reject) => {
    let output = "";
    const read = (piece: Buffer): void => {
      output += piece.toString();
      const port = pattern.exec(output)?.groups?.["port"];
      if (port !== undefined) resolve(Number(port));
    };
    for (const stream of child.stdio.slice(1)) stream?.on("data", read);
    child.once("error", reject).once("exit", (code) => {
      reject(new Error(`The server exited with code ${String(code)}:\n${output}`));
    });
  });
}

async function serve(child: ChildProcess, pattern: RegExp): Promise<Server> {
  const ended = new Promise<void>((resolve) => {
    child.once("exit", () => {
      resolve();
    });
  });
  const port = await portIn(child, pattern);
  return {
    port,
    stop: () => {
      child.kill("SIGKILL");
      return ended;
    },
  };
}

/** Starts a program that prints the address it listens on. */
export function startServer(program: Program): Promise<Server> {
  const { binary, args, options } = commandOf(program);
  return serve(
    spawn(binary, args, { ...options, stdio: ["ignore", "pipe", "pipe"] }),
    /(?:port: |http:\/\/[^\s/:]+:)(?<port>\d+)/u,
  );
}

/** Starts the Worker of a configuration file with one socket. Workerd reports the port on a separate file descriptor. */
export function startWorker(binary: string, configuration: string): Promise<Server> {
  const args = ["serve", "--control-fd=3", configuration];
  return serve(spawn(binary, args, { stdio: ["ignore", "pipe", "pipe", "pipe"] }), /"port":(?<port>\d+)/u);
}
