import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startUpstream, type Upstream } from "@modelyard/testing";
import { Cli, type Run, type RunOptions } from "../support/run-cli.js";

export interface StartOptions extends RunOptions {
  /** Limits of the deployment, as YAML. */
  readonly limits?: string;
  /** The rest of the file. */
  readonly more?: string;
  readonly args?: readonly string[];
}

/** One start of the command with two workers. The group `m` has one deployment, with its own limits for each start in a shared Redis. */
export interface TwoWorkers extends Run {
  readonly file: string;
  /** Resolves with the origin on which they listen, once they do. */
  origin(): Promise<string>;
  /** Resolves with the process ids of all workers that have served so far, once there are `times` of them. */
  pids(times: number): Promise<readonly number[]>;
}

const chat = { model: "m", messages: [{ role: "user", content: "hi" }] };

/** Makes a GET request on a new connection, since the workers take connections in turn. */
export function get(origin: string, path: string): Promise<Response> {
  return fetch(origin + path, { headers: { connection: "close" } });
}

/** Makes a chat call on a new connection. */
export function ask(origin: string, more: object = {}): Promise<Response> {
  return fetch(`${origin}/v1/chat/completions`, {
    method: "POST",
    headers: { connection: "close", "content-type": "application/json" },
    body: JSON.stringify({ ...chat, ...more }),
  });
}

/** The command line and the scripted upstream of one test file. */
export class WorkersStage {
  readonly upstream: Upstream;
  readonly #cli: Cli;
  readonly #folder = mkdtempSync(join(tmpdir(), "modelyard-workers-"));
  #started = 0;

  private constructor(cli: Cli, upstream: Upstream) {
    this.#cli = cli;
    this.upstream = upstream;
  }

  /** @param name - of the test file */
  static async open(name: string): Promise<WorkersStage> {
    const [cli, upstream] = await Promise.all([Cli.build(name), startUpstream()]);
    return new WorkersStage(cli, upstream);
  }

  start({ limits = "rpm: 7", more = "", args = [], ...options }: StartOptions = {}): TwoWorkers {
    this.#started += 1;
    const file = join(this.#folder, `${String(this.#started)}.yaml`);
    writeFileSync(
      file,
      `model_list:
  - model_name: m
    litellm_params: { model: openai/m, api_key: k, api_base: "${this.upstream.url("a")}/v1", ${limits} }
    model_info: { id: "${randomUUID()}" }
${more}`,
    );
    const run = this.#cli.run(["serve", "--config", file, "--port", "0", "--workers", "2", ...args], options);
    const origin = async (): Promise<string> => (await run.waitForOutput(/listens on (http:\S+)/u))[1] ?? "";
    const pids = async (times: number): Promise<readonly number[]> => {
      const found = await run.waitForMatches(/"pid":(\d+),"msg":"worker ready"/gu, times);
      return found.map((match) => Number(match[1]));
    };
    return { ...run, file, origin, pids };
  }

  /** Ends all running processes, and resets the scripted upstream. */
  reset(): void {
    this.#cli.stop();
    this.upstream.reset();
  }

  async close(): Promise<void> {
    this.reset();
    await this.upstream.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
