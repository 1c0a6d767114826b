import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ConditionWatch } from "@modelyard/testing";
import { build } from "esbuild";

const app = fileURLToPath(new URL("../..", import.meta.url));

/** One run of the command line. */
export interface Run {
  readonly child: ChildProcess;
  /** Everything it printed so far, on both ways out. */
  output(): string;
  /** Resolves once it printed that; what stands before `from` does not count. @throws when it ends before */
  said(pattern: RegExp, from?: number): Promise<RegExpExecArray>;
  /** Resolves with what a global pattern found once it found so much. @throws when it ends before */
  heard(pattern: RegExp, times: number): Promise<readonly RegExpExecArray[]>;
  /** With the exit code, once nobody holds its output any more: workers are gone too. `null`: a signal ended it. */
  readonly exited: Promise<number | null>;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Modules that are loaded before the command line. */
  readonly preload?: readonly string[];
  /** It leads a process group of its own, as what a shell starts; a terminal's signals go to the group. @defaultValue false */
  readonly group?: boolean;
  /** The descriptors that its standard output and error go to, which are then not among the output. */
  readonly stdout?: number;
  readonly stderr?: number;
}

/** The command line, made of the sources as one file, so that no test needs a build before it. */
export class Cli {
  readonly #file: string;
  readonly #children = new Set<ChildProcess>();

  private constructor(file: string) {
    this.#file = file;
  }

  /** @param name - of the test that uses it: two that run at the same time must not write one file */
  static async build(name: string): Promise<Cli> {
    const folder = join(app, "node_modules/.cache/cli", name);
    const file = join(folder, "dist/cli.mjs");
    await build({
      entryPoints: [join(app, "src/cli.ts")],
      outfile: file,
      bundle: true,
      platform: "node",
      format: "esm",
      target: "node20",
      conditions: ["@modelyard/source"],
      packages: "bundle",
      external: ["vitest"],
      logLevel: "silent",
      banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    });
    writeFileSync(join(folder, "package.json"), '{ "type": "module", "version": "0.0.0" }');
    return new Cli(file);
  }

  run(args: readonly string[], { env = {}, preload = [], group = false, stdout, stderr }: RunOptions = {}): Run {
    const flags = preload.flatMap((module) => ["--import", module]);
    const child = spawn(process.execPath, [...flags, this.#file, ...args], {
      stdio: ["ignore", stdout ?? "pipe", stderr ?? "pipe"],
      env: { ...process.env, ...env },
      detached: group,
    });
    this.#children.add(child);
    let text = "";
    let closed = false;
    const watch = new ConditionWatch();
    const hear = (piece: Buffer): void => {
      text += piece.toString();
      watch.changed();
    };
    child.stdout?.on("data", hear);
    child.stderr?.on("data", hear);
    const exited = once(child, "close").then(([code]) => {
      closed = true;
      watch.changed();
      return code as number | null;
    });
    const until = async <Found>(find: () => Found | undefined, pattern: RegExp): Promise<Found> => {
      let found: Found | undefined;
      await watch.until(() => (found = find()) !== undefined || closed);
      if (found === undefined) throw new Error(`It ended without saying ${String(pattern)}: ${text}`);
      return found;
    };
    const said = (pattern: RegExp, from = 0): Promise<RegExpExecArray> =>
      until(() => pattern.exec(text.slice(from)) ?? undefined, pattern);
    const heard = (pattern: RegExp, times: number): Promise<readonly RegExpExecArray[]> =>
      until(() => {
        const found = [...text.matchAll(pattern)];
        return found.length < times ? undefined : found;
      }, pattern);
    return { child, output: () => text, said, heard, exited };
  }

  /** Ends whatever still runs. */
  stop(): void {
    for (const child of this.#children) child.kill("SIGKILL");
    this.#children.clear();
  }
}
