import { describe, expect, it } from "vitest";
import { digestPrompt } from "./prompt-digest.js";

const seed = [17, 4] as const;
const system = { role: "system", content: "You are helpful. ".repeat(500) };
const turn = (index: number, extra = ""): object => ({
  role: index % 2 === 0 ? "user" : "assistant",
  content: `turn ${String(index)} ${extra}${"words ".repeat(200)}`,
});
const conversation = (turns: number): readonly unknown[] => [
  system,
  ...Array.from({ length: turns }, (_, index) => turn(index)),
];
const digests = (turns: readonly unknown[], head: readonly unknown[] = [[{ name: "tool" }]]) =>
  digestPrompt({ head, turns }, seed);

describe("the digests of a prompt", () => {
  it.each([1, 3, 9, 15, 17, 21, 60, 801])("of %d turns are found again when the conversation goes on", (turns) => {
    const before = digests(conversation(turns));
    for (const added of [0, 1, 2, 5, 11]) {
      const after = digests(conversation(turns + added));
      expect(after.ends.map(({ digest }) => digest)).toContain(before.ends[0]?.digest);
      expect(after.start).toEqual(before.start);
    }
  });

  it("differ once a turn, a tool or an instruction differs", () => {
    const { start, ends } = digests(conversation(5));
    const other = digests([system, turn(0), turn(1), turn(2, "not "), turn(3), turn(4)]);
    expect(other.start).toEqual(start);
    expect(other.ends.map(({ digest }) => digest)).not.toContain(ends[0]?.digest);
    expect(digests(conversation(5), [[{ name: "other" }]]).start).not.toEqual(start);
    expect(digests([{ role: "system", content: "Other." }, ...conversation(5).slice(1)]).start).not.toEqual(start);
    expect(digestPrompt({ head: [], turns: conversation(5) }, [17, 5]).start).not.toEqual(start);
  });

  it("do not depend on marks for the vendor's cache", () => {
    const marked = [system, { ...turn(0), cache_control: { type: "ephemeral" } }];
    expect(digests(marked).start).toEqual(digests([system, turn(0)]).start);
  });

  it("cost no more for long conversations and long texts than for short ones", () => {
    const work = digests(conversation(40)).work;
    expect(digests(conversation(4_000)).work).toBeLessThan(1.1 * work);
    const longTexts = conversation(40).map((one) => ({ ...(one as object), content: "long ".repeat(20_000) }));
    expect(digests(longTexts).work).toBeLessThan(1.1 * work);
    const tools = Array.from({ length: 5_000 }, (_, index) => ({
      name: `tool ${String(index)}`,
      parameters: { a: [1, 2] },
    }));
    expect(digests(conversation(40), [tools]).work).toBeLessThan(1.5 * work);
    expect(work).toBeLessThan(15_000);
  });

  it("exist for prompts without turns of a user, and for anything that callers send", () => {
    for (const turns of [[], [system], [null, 7, "text", [[[]]]], [{ role: "user" }]])
      expect(digestPrompt({ head: [undefined, null], turns }, seed).start.digest).toMatch(/^[\da-f]{16}$/u);
    const nested: unknown[] = [];
    nested.push(nested);
    expect(digests([{ role: "user", content: nested }]).work).toBeLessThan(1_000);
  });
});
