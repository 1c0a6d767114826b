import { longestWaitMs } from "@modelyard/core/kit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BadReplyError } from "./errors.js";
import {
  readBeat,
  readFlag,
  readLease,
  readCooldown,
  readCooldowns,
  readReservation,
  readUntil,
  readUsed,
} from "./script-replies.js";

const now = Date.UTC(2026, 0, 1);
const limits = [
  { name: "rpm", kind: "window", limit: 100, windowMs: 60_000 },
  { name: "tpm", kind: "window", limit: 1_000, windowMs: 60_000 },
] as const;

/** Numbers that a reply may contain, absurd ones among them. */
const number = fc.oneof(
  fc.integer(),
  fc.double(),
  fc.constantFrom(0, -1, 1, 2, 1e21, 1e23, 1e300, Number.NaN, Number.POSITIVE_INFINITY),
);
const leaf = fc.oneof(
  number,
  number.map(String),
  fc.constantFrom("OK", "inf", "-inf", "nan", "", "1e300", null, undefined, true),
  fc.string({ maxLength: 5 }),
);
const reply = fc.oneof(
  leaf,
  fc.array(leaf, { maxLength: 8 }),
  fc.array(fc.array(leaf, { maxLength: 3 }), { maxLength: 3 }),
  fc.object(),
);

const readers: Readonly<Record<string, (value: unknown) => unknown>> = {
  reserve: (value) => readReservation(value, limits),
  lease: (value) => readLease(value, limits),
  flag: readFlag,
  used: (value) => readUsed(value, 2),
  until: (value) => readUntil(value, now),
  cooldowns: (value) => readCooldowns(value, now),
  beat: (value) => readBeat(value, now),
};

/** Whether every number in a value can be added, compared and shown. Only a wait of "never" is infinite. */
function isSafe(value: unknown): boolean {
  if (typeof value === "number") return value === Number.POSITIVE_INFINITY || Math.abs(value) <= 8.64e15;
  return typeof value !== "object" || value === null || Object.values(value).every(isSafe);
}

/** @returns the value, or `undefined` if the reply was rejected with a {@link BadReplyError} */
function readOrNothing(read: (value: unknown) => unknown, value: unknown): unknown {
  try {
    return read(value);
  } catch (error) {
    if (error instanceof BadReplyError) return undefined;
    throw error;
  }
}

describe("replies of the scripts", () => {
  it.each(Object.entries(readers))("are read into safe values or rejected with a BadReplyError: %s", (_, read) => {
    fc.assert(
      fc.property(reply, (value) => {
        expect(isSafe(readOrNothing(read, value))).toBe(true);
      }),
      {
        numRuns: 500,
        examples: [
          ["OK"],
          [{}],
          [1.5],
          [new Set()],
          [[]],
          [null],
          [[0]],
          [[0, 9, 5]],
          [[0, 1, "5"]],
          [["1e300", ""]],
        ].map(([one]) => [one]) as [unknown][],
      },
    );
  });

  it.each(["OK", new Map(), new Set(["1"]), 1.5, 1, null, [], [[1]], ["1"], [0], [0, 3, 1], [0, 1], [2]])(
    "are rejected if they are neither a grant nor a refusal: %j",
    (value) => {
      expect(() => readReservation(value, limits)).toThrow(BadReplyError);
    },
  );

  it("name the limit that refused and the wait, which is at most a day", () => {
    expect(readReservation([0, 2, 5_000], limits)).toEqual({ granted: false, limit: "tpm", retryAfterMs: 5_000 });
    expect(readReservation([0, 1, -1], limits)).toMatchObject({ retryAfterMs: Number.POSITIVE_INFINITY });
    expect(readReservation([0, 1, 1e15], limits)).toMatchObject({ retryAfterMs: longestWaitMs });
  });

  it("are rejected if they grant more than the limit", () => {
    expect(readLease([1, 5_000, 7, 100, 7, 1_000], limits)).toMatchObject({ kind: "granted", lastsMs: 5_000 });
    expect(() => readLease([1, 5_000, 7, 101, 7, 1_000], limits)).toThrow(BadReplyError);
    expect(() => readLease([1, 5_000, 7, 100], limits)).toThrow(BadReplyError);
  });

  it.each(["1e23", "1e300", "inf"])("end a cooldown until %s within a day, or omit it", (until) => {
    for (const cooldown of readCooldowns(["d", until, "timeout"], now))
      expect(cooldown.until).toBe(now + longestWaitMs);
    for (const cooldown of readBeat(["1", "d", until, "timeout"], now)[1])
      expect(cooldown.until).toBe(now + longestWaitMs);
  });

  it.each(["nan", "-5", "x"])("omit a cooldown until %s", (until) => {
    expect(readCooldowns(["d", until, "timeout"], now)).toEqual([]);
  });
});

describe("a published cooldown", () => {
  it("is read with an end within a day, or ignored", () => {
    const message = fc.oneof(
      fc.string(),
      fc.json(),
      fc.record({ deploymentId: leaf, until: leaf, reason: leaf }).map((cooldown) => JSON.stringify(cooldown)),
      number.map((until) => `{"deploymentId":"d","until":${String(until)},"reason":"timeout"}`),
    );
    fc.assert(
      fc.property(message, (text) => {
        const cooldown = readCooldown(text, now);
        if (cooldown === undefined) return;
        expect(cooldown.until).toBeGreaterThanOrEqual(0);
        expect(cooldown.until).toBeLessThanOrEqual(now + longestWaitMs);
        expect([typeof cooldown.deploymentId, typeof cooldown.reason]).toEqual(["string", "string"]);
      }),
      {
        numRuns: 500,
        examples: [
          ['{"deploymentId":"d","until":1e300,"reason":"x"}'],
          ['{"deploymentId":"d","until":9e15,"reason":"x"}'],
          ["null"],
        ],
      },
    );
  });
});
