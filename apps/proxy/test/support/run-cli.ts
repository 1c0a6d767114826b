import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ConditionWatch } from "@modelyard/testing";
import { build } from "esbuild";
import { dashboard } from "../../dashboard.js";

const app = fileURLToPath(new URL("../..", import.meta.url));

/** One run of the command line. */
export interface Run {
  readonly child: ChildProcess;
  /** Everything it has printed so far, to standard output and standard error. */
  output(): string;
  /**
   * Waits until the output from index `from` on matches the pattern. @returns the match
   * @throws if the process ends without printing it
   */
  waitForOutput(pattern: RegExp, from?: number): Promise<RegExpExecArray>;
  /**
   * Waits until a global pattern has at least `times` matches in the output. @returns all matches
   * @throws if the process ends before
   */
  waitForMatches(pattern: RegExp, times: number): Promise<readonly RegExpExecArray[]>;
  /**
   * Resolves with the exit code once the output is closed, which means that its workers have exited, too. `null`: a
   * signal ended it.
   */
  readonly exited: Promise<number | null>;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Modules that are loaded before the command line. */
  readonly preload?: readonly string[];
  /**
   * Starts it in a process group of its own, as a shell does. A terminal sends signals to the whole group.
   * @defaultValue false
   */
  readonly group?: boolean;
  /** File descriptors for its standard output and error, which are then not part of `output()`. */
  readonly stdout?: number;
  readonly stderr?: number;
}

/** The command line, bundled from the sources, so that tests do not need a build. */
export class Cli {
  readonly #file: string;
  readonly #children = new Set<ChildProcess>();

  private constructor(file: string) {
    this.#file = file;
  }

  /** @param name - the name of the test file. It must be unique, so that tests that run at the same time write different files */
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
      plugins: [dashboard()],
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
    const collect = (piece: Buffer): void => {
      text += piece.toString();
      watch.changed();
    };
    child.stdout?.on("data", collect);
    child.stderr?.on("data", collect);
    const exited = once(child, "close").then(([code]) => {
      closed = true;
      watch.changed();
      return code as number | null;
    });
    const until = async <Found>(find: () => Found | undefined, pattern: RegExp): Promise<Found> => {
      let found: Found | undefined;
      await watch.until(() => (found = find()) !== undefined || closed);
      if (found === undefined) throw new Error(`The process ended without printing ${String(pattern)}: ${text}`);
      return found;
    };
    const waitForOutput = (pattern: RegExp, from = 0): Promise<RegExpExecArray> =>
      until(() => pattern.exec(text.slice(from)) ?? undefined, pattern);
    const waitForMatches = (pattern: RegExp, times: number): Promise<readonly RegExpExecArray[]> =>
      until(() => {
        const found = [...text.matchAll(pattern)];
        return found.length < times ? undefined : found;
      }, pattern);
    return { child, output: () => text, waitForOutput, waitForMatches, exited };
  }

  /** Kills all processes that are still running. */
  stop(): void {
    for (const child of this.#children) child.kill("SIGKILL");
    this.#children.clear();
  }
}
