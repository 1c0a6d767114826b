import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { recordedWorkload } from "@modelyard/simulator";
import { fails, scriptedProvider, VirtualClock } from "@modelyard/testing";
import { createRouter, memoryCache } from "modelyard";
import { afterAll, describe, expect, it } from "vitest";
import { recording } from "./recording.js";

const folder = mkdtempSync(join(tmpdir(), "modelyard-recording-"));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** A router that is recorded, with the means to make calls and to read the file after it is closed. */
function recorded(name: string) {
  const file = join(folder, name);
  const clock = new VirtualClock();
  const provider = scriptedProvider({ clock });
  const router = createRouter({
    providers: [provider],
    clock,
    modelList: [{ id: "a", modelName: "m", model: "openai/a" }],
    numRetries: 0,
    responseCache: memoryCache({ clock }),
    callbacks: [recording(file)],
  });
  const ask = async (body: object = {}): Promise<void> => {
    const asked = router.completion({ model: "m", messages: [{ role: "user", content: "a secret prompt" }], ...body });
    await clock.until(
      asked.then(
        () => undefined,
        () => undefined,
      ),
    );
  };
  const text = async (): Promise<string> => {
    await router.close();
    return readFileSync(file, "utf8");
  };
  return { file, clock, provider, router, ask, text };
}

describe("a recorded workload", () => {
  it("has the time, model and tokens of each request, but neither prompts nor callers", async () => {
    const { clock, ask, text, file } = recorded("requests.jsonl");
    const start = clock.now();
    await ask({ max_tokens: 7, user: "alice" });
    await clock.advance(1_500);
    await ask({ max_completion_tokens: 9, temperature: 1 });
    const rows = (await text())
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(rows.map((row) => Object.keys(row))).toEqual(
      Array.from({ length: 2 }, () => ["at_ms", "model", "input_tokens", "output_tokens", "max_tokens", "stream"]),
    );
    expect(rows.map((row) => [row["max_tokens"], row["stream"], row["model"]])).toEqual([
      [7, false, "m"],
      [9, false, "m"],
    ]);
    expect(rows[0]?.["at_ms"]).toBe(start);
    // What others on this machine could learn from it is how much is used.
    expect(statSync(file).mode & 0o077).toBe(0);
    const replayed = [...recordedWorkload(readFileSync(file, "utf8"))];
    expect(replayed.map(({ maxTokens }) => maxTokens)).toEqual([7, 9]);
    expect(replayed[1]?.atMs).toBeGreaterThanOrEqual(1_500);
  });

  it("has failed requests with the estimate of their prompts, and continues a file", async () => {
    const first = recorded("twice.jsonl");
    first.provider.script("a", fails("internal_server"));
    await first.ask();
    await first.text();
    const second = recorded("twice.jsonl");
    await second.ask({ stream: false });
    const lines = (await second.text()).trimEnd().split("\n");
    expect(lines).toHaveLength(2);
    const failed = JSON.parse(lines[0] ?? "") as Record<string, number>;
    expect(failed["input_tokens"]).toBeGreaterThan(0);
    expect(failed["output_tokens"]).toBe(0);
  });

  it("leaves out answers from the response cache", async () => {
    const { ask, text } = recorded("cached.jsonl");
    await ask();
    await ask();
    expect((await text()).trimEnd().split("\n")).toHaveLength(1);
  });

  it("says at once if the file cannot be written", () => {
    expect(() => recording(join(folder, "nowhere/requests.jsonl"))).toThrow(/--record: .*ENOENT.*folder that exists/u);
  });
});
