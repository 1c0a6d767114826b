import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ReplyScanner, type ReplyType } from "./reply-scanner.js";

/** Scans bytes in chunks that end at the given positions. @returns the replies that began, or the problem */
function scan(bytes: Buffer, cuts: readonly number[] = []): string | readonly ReplyType[] {
  const begun: ReplyType[] = [];
  const scanner = new ReplyScanner({
    begins: (type) => {
      begun.push(type);
      return undefined;
    },
    ends: () => undefined,
  });
  let from = 0;
  for (const to of [...cuts, bytes.length]) {
    const problem = scanner.scan(bytes.subarray(from, to));
    if (problem !== undefined) return problem;
    from = to;
  }
  return begun;
}

const line = fc.string({ unit: fc.constantFrom("a", "Z", " ", "7", ":", "-"), maxLength: 12 });
const scalar = fc.oneof(
  line.map((text) => `+${text}\r\n`),
  line.map((text) => `-ERR ${text}\r\n`),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((value) => `:${String(value)}\r\n`),
  fc.string({ maxLength: 40 }).map((text) => `$${String(Buffer.byteLength(text))}\r\n${text}\r\n`),
  fc.constantFrom("$-1\r\n", "*-1\r\n", "_\r\n", "#t\r\n", "*0\r\n", ",1.5e3\r\n", ",-inf\r\n", "(123\r\n"),
);
const { value } = fc.letrec<{ value: string; list: string }>((tie) => ({
  value: fc.oneof({ maxDepth: 5 }, scalar, tie("list")),
  list: fc.oneof(
    fc.array(tie("value"), { maxLength: 4 }).map((items) => `*${String(items.length)}\r\n${items.join("")}`),
    fc.array(tie("value"), { maxLength: 4 }).map((items) => `~${String(items.length)}\r\n${items.join("")}`),
    fc
      .array(fc.tuple(tie("value"), tie("value")), { maxLength: 3 })
      .map((pairs) => `%${String(pairs.length)}\r\n${pairs.flat().join("")}`),
  ),
}));

describe("ReplyScanner", () => {
  it("accepts every RESP2 and RESP3 reply, wherever the chunks are split", () => {
    fc.assert(
      fc.property(
        fc.array(value, { maxLength: 6 }),
        fc.array(fc.nat({ max: 400 }), { maxLength: 8 }),
        (replies, at) => {
          const bytes = Buffer.from(replies.join(""));
          const cuts = at.filter((cut) => cut < bytes.length).toSorted((one, other) => one - other);
          expect(scan(bytes, cuts)).toHaveLength(replies.length);
        },
      ),
      { numRuns: 300 },
    );
  });

  it("never throws, and judges the same bytes alike, wherever the chunks are split", () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      fc
        .string({ unit: fc.constantFrom(...Array.from("$*:+-_#%~>=!,(0129\r\nx", String)), maxLength: 40 })
        .map((text) => Buffer.from(text)),
    );
    fc.assert(
      fc.property(bytes, fc.nat({ max: 60 }), (some, cut) => {
        const whole = scan(Buffer.from(some));
        expect(scan(Buffer.from(some), cut < some.length ? [cut] : [])).toEqual(whole);
      }),
      { numRuns: 1_000 },
    );
  });

  it.each([
    ["$-5\r\n", "length"],
    [":99999999999999999999999\r\n", "integer"],
    ["*30000000\r\n", "length"],
    ["*1000\r\n*999999\r\n", "length"],
    ["$16777217\r\n", "length"],
    ["*1\r\n".repeat(9), "deep"],
    ["?\r\n", "type"],
    ["\r\n", "line"],
    ["+OK\n", "line"],
    ["_1\r\n", "null"],
    ["#true\r\n", "boolean"],
  ])("rejects %j", (text, word) => {
    expect(scan(Buffer.from(text))).toContain(word);
  });

  it("rejects a line that never ends, even if it arrives in small chunks", () => {
    const bytes = Buffer.from("+".padEnd(70_000, "x"));
    expect(
      scan(
        bytes,
        Array.from({ length: 69 }, (_, index) => (index + 1) * 1_000),
      ),
    ).toContain("line");
  });

  it("rejects a reply that is too long in total, although each of its strings is short enough", () => {
    const scanner = new ReplyScanner({ begins: () => undefined, ends: () => undefined });
    const part = Buffer.concat([Buffer.from("$16000000\r\n"), Buffer.alloc(16_000_000), Buffer.from("\r\n")]);
    expect(scanner.scan(Buffer.from("*1000\r\n"))).toBeUndefined();
    for (let count = 0; count < 4; count += 1) expect(scanner.scan(part)).toBeUndefined();
    expect(scanner.scan(part)).toContain("length");
  });
});
