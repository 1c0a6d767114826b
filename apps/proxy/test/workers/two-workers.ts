import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startUpstream, type Upstream } from "@modelyard/testing";
import { Cli, type Run, type RunOptions } from "../support/run-cli.js";

export interface StartOptions extends RunOptions {
  /** Limits of the one deployment, as the file has them. */
  readonly limits?: string;
  /** Rest of the file. */
  readonly more?: string;
  readonly args?: readonly string[];
}

/** One start of the command with two workers and one deployment of one group, `m`; in a shared Redis each start has limits of its own. */
export interface TwoWorkers extends Run {
  readonly file: string;
  /** Where they listen, once they do. */
  origin(): Promise<string>;
  /** Process ids of the workers that ever served, once there are so many. */
  pids(times: number): Promise<readonly number[]>;
}

const chat = { model: "m", messages: [{ role: "user", content: "hi" }] };

/** Each call has a connection of its own: workers take them in turn. */
export function get(origin: string, path: string): Promise<Response> {
  return fetch(origin + path, { headers: { connection: "close" } });
}

/** As {@link get}. */
export function ask(origin: string, more: object = {}): Promise<Response> {
  return fetch(`${origin}/v1/chat/completions`, {
    method: "POST",
    headers: { connection: "close", "content-type": "application/json" },
    body: JSON.stringify({ ...chat, ...more }),
  });
}

/** The command line and the vendor of one test file. */
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

  /** Ends what still runs, and forgets what the vendor saw. */
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
