import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { Cli, type Run } from "../support/run-cli.js";

const folder = mkdtempSync(join(tmpdir(), "modelyard-hostile-files-"));
const dyingReader = fileURLToPath(new URL("../support/dying-reader.ts", import.meta.url));
const file = join(folder, "config.yaml");
const agent = new Agent({ keepAlive: true });
let cli: Cli;

beforeAll(async () => {
  cli = await Cli.build("hostile-files");
});
afterEach(() => {
  cli.stop();
});
afterAll(() => {
  agent.destroy();
  rmSync(folder, { recursive: true, force: true });
});

const serving = (answer: string): string =>
  `model_list:\n  - model_name: gpt\n    litellm_params: { model: openai/gpt-4, api_key: k, mock_response: "${answer}" }\n`;

async function start(
  args: readonly string[],
  preload: readonly string[] = [],
): Promise<{ readonly running: Run; readonly ask: () => Promise<string> }> {
  writeFileSync(file, serving("before"));
  const running = cli.run(["--config", file, "--port", "0", "--host", "127.0.0.1", ...args], { preload });
  const [, url = ""] = await running.waitForOutput(/listens on (http:\S+)/u);
  return { running, ask: () => answerOf(`${url}/v1/chat/completions`) };
}

/** Makes one call on a connection that stays open, and returns the answer. */
function answerOf(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const call = request(
      url,
      { method: "POST", agent, headers: { "content-type": "application/json" } },
      (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (piece: string) => {
          text += piece;
        });
        response.on("end", () => {
          resolve(/"content":"(?<answer>\w+)"/u.exec(text)?.groups?.["answer"] ?? text);
        });
        response.on("error", reject);
      },
    );
    call.on("error", reject);
    call.end('{"model":"gpt","messages":[{"role":"user","content":"hi"}]}');
  });
}

/** Makes one call after another until the log says what became of the file. @returns what they were answered */
async function askUntil(line: Promise<unknown>, ask: () => Promise<string>): Promise<readonly string[]> {
  const log = { said: false };
  const watching = line.then(() => {
    log.said = true;
  });
  const answers: string[] = [];
  while (!log.said) answers.push(await ask());
  await watching;
  return answers;
}

/** A file that is within the limits, but takes long to read. */
const hostile: readonly (readonly [name: string, text: string, log: RegExp])[] = [
  ["line breaks", `${serving("after")}${"\n".repeat(200_000)}`, /config reloaded/u],
  ["comments", `${serving("after")}${"#\n".repeat(100_000)}`, /config reloaded/u],
  ["anchors", `${serving("after")}x-anchors: [${"&a ,".repeat(40_000)}]\n`, /config reloaded/u],
  ["deployments that lack everything", `model_list:\n${"- {}\n".repeat(3_000)}`, /has 6000 problems.*reload rejected/u],
];

describe("a changed configuration file that takes long to read", () => {
  it.each(hostile)("is read while requests are served: %s", async (_, text, outcome) => {
    const { running, ask } = await start(["--no-watch"]);
    expect(await ask()).toBe("before");
    writeFileSync(file, text);
    const from = running.output().length;
    // The process reads the file as soon as the signal arrives.
    running.child.kill("SIGHUP");
    const answers = await askUntil(running.waitForOutput(outcome, from), ask);
    // If the file were read between two requests, only those that arrived before the signal would be served meanwhile.
    expect(answers.length).toBeGreaterThan(20);
    expect(new Set(answers.slice(0, 20))).toEqual(new Set(["before"]));
    expect(await ask()).toBe(text.includes("after") ? "after" : "before");
  });
});

describe("a process that ends before it has read a changed file", () => {
  it("causes one log line, and the previous configuration stays until the file changes again", async () => {
    const { running, ask } = await start([], [dyingReader]);
    for (const answer of ["second", "third"]) {
      const from = running.output().length;
      writeFileSync(file, serving(answer));
      await running.waitForOutput(/config reload rejected/u, from);
      // This gives the process enough time to check the file several times.
      for (let count = 0; count < 300; count += 1) expect(await ask()).toBe("before");
      const lines =
        running
          .output()
          .slice(from)
          .match(/.*config reload rejected.*/gu) ?? [];
      expect(lines).toHaveLength(1);
      expect(lines[0]).toContain("the process that reads it exited with code 3. ");
    }
  });
});
