import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "modelyard-start-"));
const starter = join(folder, "starter.mjs");
const program = join(folder, "program.mjs");

beforeAll(() => {
  const module = new URL("../scripts/run-until-ended.mjs", import.meta.url).href;
  writeFileSync(
    starter,
    `import { runUntilEnded } from ${JSON.stringify(module)};\nrunUntilEnded(process.execPath, [${JSON.stringify(program)}]);\n`,
  );
  writeFileSync(
    program,
    `process.on("SIGTERM", () => { console.log("stopped"); process.exit(7); });
process.on("SIGINT", () => { console.log("interrupted"); process.exit(8); });
setInterval(() => undefined, 1_000);
console.log("ready");
`,
  );
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** The output and the exit code of a process that gets a signal once the program is ready. */
async function endedBy(signal: NodeJS.Signals, child: ChildProcessByStdio<null, Readable, null>) {
  const exited = once(child, "exit");
  child.stdout.once("data", () => {
    child.kill(signal);
  });
  // The output ends with the last process that holds it, so a process that went on would hold it until the timeout.
  const output = await text(child.stdout);
  const [code] = (await exited) as [number | null];
  return { output, code };
}

describe("npm start", () => {
  it.each([
    ["SIGTERM", "stopped", 7],
    ["SIGINT", "interrupted", 8],
  ] as const)("passes %s on to the proxy, and ends with its exit code", async (signal, word, code) => {
    const child = spawn(process.execPath, [starter], { stdio: ["ignore", "pipe", "inherit"] });
    expect(await endedBy(signal, child)).toEqual({ output: `ready\n${word}\n`, code });
  });

  it.skipIf(process.platform === "win32")(
    "stops the proxy if npm's shell ends without passing a SIGTERM on",
    async () => {
      const child = spawn("sh", ["-c", `"${process.execPath}" "${starter}"; true`], {
        stdio: ["ignore", "pipe", "inherit"],
        env: { ...process.env, npm_lifecycle_event: "start" },
      });
      expect(await endedBy("SIGTERM", child)).toEqual({ output: "ready\nstopped\n", code: null });
    },
  );
});
