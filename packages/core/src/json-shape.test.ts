import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import { callerBounds } from "./caller-bounds.js";
import { RouterError } from "./errors/index.js";
import { checkJsonShape, checkLongShape, ShapeScan } from "./json-shape.js";
import { hasRepeatedKey } from "./short-shape.js";

const encoder = new TextEncoder();
const { levels: deepestNesting, containers: mostContainers, fields: mostFields, keys: mostKeys } = callerBounds;

/** Checks a text with the full scan. If the text is JSON, the fast scan must have the same result. */
function check(text: string): boolean {
  const bytes = encoder.encode(text);
  const repeated = checkJsonShape(bytes);
  const fast = hasRepeatedKey(bytes, text);
  expect(isJson(text) ? (fast ?? repeated) : repeated).toBe(repeated);
  return repeated;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

const nested = (depth: number, open = "[", close = "]") => open.repeat(depth) + close.repeat(depth);
const keys = (count: number) => Array.from({ length: count }, (_, index) => `"k${String(index)}":0`).join(",");

/** One way to write a character of a key: as it is, or as an escape. */
const character = fc
  .tuple(fc.constantFrom("a", "b", '"', "\\", "é", "名", "_"), fc.boolean())
  .map(([plain, escaped]) => ({
    plain,
    written:
      escaped || plain === '"' || plain === "\\" ? `\\u${plain.charCodeAt(0).toString(16).padStart(4, "0")}` : plain,
  }));
const key = fc.array(character, { maxLength: 3 }).map((characters) => ({
  plain: characters.map(({ plain }) => plain).join(""),
  written: `"${characters.map(({ written }) => written).join("")}"`,
}));

describe("a duplicate key in a body", () => {
  it.each([
    '{"max_tokens":1000000,"max_tokens":1}',
    '{"model":"a","mod\\u0065l":"b"}',
    '{"model":"a", "\\u006dodel" : "b"}',
    '{"__proto__":1,"__proto__":2}',
    '{"a":{"b":[{"c":1,"d":2,"c":3}]}}',
    '{"messages":[{"role":"user","content":"x"},{"role":"user","content":"short","content":"long"}]}',
    '{"":1,"":2}',
    `{${keys(40)},"k7":1}`,
    `{"a":{${keys(5_000)},"k4999":1}}`,
    '\uFEFF{"a":1,"a":2}',
  ])("is found (case %#)", (text) => {
    expect(check(text)).toBe(true);
    expect(() => JSON.parse(text.replace("\uFEFF", "")) as unknown).not.toThrow();
  });

  it("is found by the fast scan in ordinary bodies, of any language, and left to the full one in others", () => {
    const fast = (text: string): boolean | undefined => hasRepeatedKey(encoder.encode(text), text);
    expect(fast('{"model":"a","messages":[{"role":"user","content":"\\"Grüße\\" \\\\"}]}')).toBe(false);
    expect(fast('{"messages":[{"role":"user","content":"名前","role":"system"}]}')).toBe(true);
    expect(fast(`{${keys(32)}}`)).toBe(false);
    expect(fast(`{${keys(33)}}`)).toBeUndefined();
    expect(fast(nested(32))).toBe(false);
    expect(fast(nested(33))).toBeUndefined();
    expect(fast('{"mod\\u0065l":"a"}')).toBeUndefined();
    expect(fast(JSON.stringify({ text: "x".repeat(20_000) }))).toBeUndefined();
  });

  it.each([
    '{"a":{"a":{"a":1}},"b":{"a":1}}',
    '[{"a":1},{"a":1}]',
    '{"a":"b","b":"a","c":"\\"a\\":1,\\"a\\":2"}',
    '{"a":["a","a"]}',
    '{"a":"{\\"a\\":1"}',
    `{${keys(900)}}`,
    '{"a\\"":1,"a":2,"a\\\\":3}',
    "[]",
    "",
    "nonsense",
  ])("is not found where there is none (case %#)", (text) => {
    expect(check(text)).toBe(false);
  });

  it("is found for any key, however the keys are escaped, and nowhere else", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(key, fc.json({ maxDepth: 2 })), { maxLength: 24 }),
        fc.boolean(),
        (entries, inner) => {
          const members = entries.map(([{ written }, value]) => `${written} :\t${value}`).join(" ,\n");
          const text = inner ? `{"x":[1,{${members}}]}` : `{${members}}`;
          const names = entries.map(([{ plain }]) => plain);
          expect(check(text)).toBe(new Set(names).size < names.length);
        },
      ),
      { numRuns: 500 },
    );
  });

  it("is not found in the output of JSON.stringify, long strings and escapes included", () => {
    const long = fc.tuple(fc.string({ unit: "binary" }), fc.nat(200)).map(([text, times]) => text.repeat(times));
    fc.assert(
      fc.property(fc.jsonValue(), long, (value, text) => {
        expect(check(JSON.stringify({ value, text, after: [text, { text }] }))).toBe(false);
      }),
      { numRuns: 300 },
    );
  });
});

describe("the limits on a body", () => {
  /** What was found, or the kind and code of the refusal. @throws what is neither */
  const outcomeOf = (bytes: Uint8Array): unknown => {
    try {
      return checkJsonShape(bytes);
    } catch (error) {
      if (RouterError.isInstance(error)) return [error.kind, error.code];
      throw error;
    }
  };
  const refused = (text: string): unknown => outcomeOf(encoder.encode(text));

  it.each([
    ["lists", deepestNesting, "[", "]"],
    ["objects", deepestNesting, '{"a":', "}"],
  ])("on nesting apply to %s, and are found without reading further", (_, most, open, close) => {
    expect(refused(nested(most, open, close))).toBe(false);
    expect(refused(nested(most + 1, open, close))).toEqual(["bad_request", "nested_too_deep"]);
    expect(refused(open.repeat(1_000_000))).toEqual(["bad_request", "nested_too_deep"]);
  });

  it("on keys apply at the top level and within one object", () => {
    expect(refused(`{${keys(mostFields)}}`)).toBe(false);
    expect(refused(`{${keys(mostFields + 1)}}`)).toEqual(["bad_request", "too_many_keys"]);
    expect(refused(`{"a":[{${keys(mostKeys)}},{${keys(mostKeys)}}]}`)).toBe(false);
    expect(refused(`{"a":{${keys(mostKeys + 1)}}}`)).toEqual(["bad_request", "too_many_keys"]);
  });

  describe("on irregular keys", () => {
    const most = callerBounds.irregularKeys;
    const object = (names: readonly string[]): string => `{${names.map((name) => `"${name}":0`).join(",")}}`;
    const bodyOf = (count: number, namesOf: (index: number) => readonly string[]): string =>
      `[${Array.from({ length: count }, (_, index) => object(namesOf(index))).join(",")}]`;
    const names = (length: number, prefix = "k") => Array.from({ length }, (_, index) => `${prefix}${String(index)}`);
    /** The names in a different order for each index: those whose bits are set in the index come first. */
    const shuffled = (all: readonly string[], index: number) =>
      all.toSorted((one, other) => ((index >> all.indexOf(other)) & 1) - ((index >> all.indexOf(one)) & 1));

    it.each<[string, string]>([
      ["objects with keys of their own", bodyOf(2_000, (index) => names(50, `${String(index)}-`))],
      ["objects of one key", bodyOf(2 * most, (index) => [String(index)])],
      ["objects of the same keys in different orders", bodyOf(2 * most, (index) => shuffled(names(17), index))],
      ["large objects of the same keys", bodyOf(10, () => names(9_000))],
    ])("apply to many %s", (_, text) => {
      expect(refused(text)).toEqual(["bad_request", "too_many_keys"]);
    });

    it.each<[string, string]>([
      ["messages", bodyOf(100_000, () => ["role", "content", "name", "tool_calls", "refusal"])],
      ["tools, each with parameters of its own", bodyOf(1_000, (index) => names(20, `${String(index)}-`))],
      ["objects of a hundred keys that are alike", bodyOf(10_000, () => names(100))],
      ["schemas of five thousand properties", bodyOf(8, (index) => names(5_000, `${String(index)}-`))],
    ])("allow %s", (_, text) => {
      expect(refused(text)).toBe(false);
    });

    it("are checked in steps as in one pass, and reset before the next body", () => {
      const text = bodyOf(2_000, (index) => names(50, `${String(index)}-`));
      const scan = new ShapeScan().start(encoder.encode(text), "The body");
      expect(() => {
        while (!scan.run(100));
      }).toThrow("The body has more than 50000 keys in large objects, or in objects unlike each other.");
      scan.start(encoder.encode(bodyOf(800, (index) => names(50, `${String(index)}-`))), "The body");
      expect(scan.run(Number.POSITIVE_INFINITY)).toBe(true);
    });
  });

  it("on values apply to numbers, strings and all others together", () => {
    const most = callerBounds.values;
    expect(refused(`[${"0,".repeat(most - 1)}0]`)).toBe(false);
    expect(refused(`[${"0,".repeat(most)}0]`)).toEqual(["bad_request", "too_many_values"]);
    expect(refused(`[${'"",'.repeat(most)}0]`)).toEqual(["bad_request", "too_many_values"]);
    expect(refused(`{"x":"${",".repeat(most * 2)}"}`)).toBe(false);
  });

  it("on the length of a key apply, however the key is escaped", () => {
    const most = callerBounds.keyBytes;
    expect(refused(`{"a":{"${"k".repeat(most)}":0}}`)).toBe(false);
    expect(refused(`{"a":{"${"k".repeat(most + 1)}":0}}`)).toEqual(["bad_request", "key_too_long"]);
    expect(refused(`{"a":{"${"\\u006b".repeat(most)}":0}}`)).toEqual(["bad_request", "key_too_long"]);
    expect(refused(`{"a":"${"k".repeat(most + 1)}"}`)).toBe(false);
  });

  it("on objects and lists allow any real conversation", () => {
    expect(refused(`[${"{},".repeat(mostContainers - 2)}{}]`)).toBe(false);
    expect(refused(`[${"{},".repeat(mostContainers)}{}]`)).toEqual(["bad_request", "too_many_values"]);
  });

  it("are stated in the error message", () => {
    expect(() => check(nested(201))).toThrow("The body is nested more than 200 levels deep.");
    expect(() => check(`{${keys(1_001)}}`)).toThrow("The body has more than 1000 keys at its top.");
    expect(() => check(`{"a":{${keys(10_001)}}}`)).toThrow("The body has more than 10000 keys in one object.");
  });

  it("report bytes that are not JSON as an excess or a bad request, and never throw", () => {
    const shards = fc.constantFrom("{", "}", "[", "]", '"', "\\", ",", ":", '"a"', "\\u", "1", " ", "é");
    const text = fc.oneof(
      fc.array(shards, { maxLength: 300 }).map((list) => encoder.encode(list.join(""))),
      fc.uint8Array(),
    );
    fc.assert(
      fc.property(text, (bytes) => {
        expect(["boolean", "object"]).toContain(typeof outcomeOf(bytes));
      }),
      { numRuns: 1_000 },
    );
  });
});

describe("a body that is checked in steps", () => {
  /** Like `check`, but in portions of this many steps. Returns the message if the text is refused. */
  const inSteps = (text: string, steps: number): boolean | string => {
    const scan = new ShapeScan().start(encoder.encode(text), "The body");
    try {
      while (!scan.run(steps));
      return scan.repeated;
    } catch (error) {
      return (error as Error).message;
    }
  };

  it("gives the same result as in one pass, wherever the steps end", () => {
    const text = fc.oneof(
      fc.json({ maxDepth: 4 }),
      fc
        .tuple(fc.json(), fc.string({ unit: "binary", maxLength: 400 }))
        .map(([json, long]) => JSON.stringify({ json, [long]: long, after: '\\"'.repeat(long.length) })),
      fc
        .array(fc.constantFrom('{"a":', '"a"', "{", "}", "[", "]", '"', "\\", ","), { maxLength: 100 })
        .map((all) => all.join("")),
    );
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 50 }), (body, steps) => {
        expect(inSteps(body, steps)).toBe(inSteps(body, Number.POSITIVE_INFINITY));
      }),
      { numRuns: 1_000 },
    );
  });

  it("keeps nothing of the body checked before, whether that was refused or not", () => {
    expect(() => check(`{"a":${nested(300)}}`)).toThrow("nested");
    expect(check('{"a":1}')).toBe(false);
    expect(check('{"a":1,"a":2,"b":"')).toBe(false);
    expect(check('"}')).toBe(false);
    expect(check('{"a":1,"a":2}')).toBe(true);
  });

  describe("in several turns of the event loop", () => {
    afterEach(() => {
      vi.restoreAllMocks();
    });

    /** The number of turns that the event loop was given. */
    const turnsFor = async (text: string): Promise<number> => {
      const timers = vi.spyOn(globalThis, "setTimeout");
      await checkLongShape(encoder.encode(text));
      return timers.mock.calls.length;
    };

    it("yields to other tasks repeatedly, more often for more work", async () => {
      const few = await turnsFor(`[${"0,".repeat(100_000)}0]`);
      vi.restoreAllMocks();
      const many = await turnsFor(`[${"0,".repeat(1_600_000)}0]`);
      expect(few).toBeGreaterThan(0);
      expect(many).toBeGreaterThanOrEqual(16 * few);
    });

    it.each([
      ["escapes", JSON.stringify('"'.repeat(4_000_000))],
      ["short strings", `[${`"${"x".repeat(40)}",`.repeat(200_000)}0]`],
      ["empty objects", `[${"{},".repeat(490_000)}0]`],
      [
        "long keys",
        JSON.stringify(Array.from({ length: 100 }, (_, index) => ({ [String(index) + "k".repeat(60_000)]: 0 }))),
      ],
    ])("yields to other tasks within %s", async (_, text) => {
      expect(await turnsFor(text)).toBeGreaterThan(5);
    });

    it("reads megabytes of plain text in one turn", async () => {
      expect(await turnsFor(JSON.stringify("word ".repeat(2_000_000)))).toBe(0);
    });

    it("rejects with the limit that is exceeded", async () => {
      await expect(checkLongShape(encoder.encode(`[${"0,".repeat(callerBounds.values)}0]`))).rejects.toMatchObject({
        kind: "bad_request",
        code: "too_many_values",
        message: "The body has more than 2000000 values. No provider accepts that; send less.",
      });
    });
  });
});
