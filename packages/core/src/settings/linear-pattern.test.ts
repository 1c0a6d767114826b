import { describe, expect, it } from "vitest";
import { linearPattern, PatternError } from "./linear-pattern.js";

/** Whether the platform's regular expression matches the whole text. */
const platform = (pattern: string, text: string): boolean => new RegExp(`^(?:${pattern})$`, "u").test(text);

const patterns: readonly string[] = [
  "",
  "abc",
  "a|b|ab",
  "|a",
  "a*",
  "a+?b??",
  "(?:ab)*c",
  "(a|ab)(c|bcd)",
  "(?<name>a)(?:b)",
  "a{2}",
  "a{0}b",
  "a{1,}b",
  "(?:a|b){1,3}c?",
  "((a*)*)*b",
  "(a?){3}a{3}",
  "[a-c]+[^c]",
  "[\\]\\d-]+",
  "\\w+\\.\\S",
  "\\u{61}\\x62\\u0063",
  "\\p{Lu}\\P{Lu}",
  "\\ud83d\\ude00|😀a",
  "^abc$",
  "^(?:a|^b)c$",
  "a$b|c",
  "a\\/b[-]?c",
  "https?://[^/]+\\.example\\.com(?::\\d+)?/v\\d",
];
const texts: readonly string[] = [
  "",
  "a",
  "b",
  "c",
  "ab",
  "aa",
  "ba",
  "abc",
  "bc",
  "ac",
  "aab",
  "aaa",
  "aaaa",
  "abab",
  "ababc",
  "abcd",
  "bbb",
  "bbbc",
  "A",
  "Ab",
  "AB",
  "]1-",
  "1",
  "a.b",
  "a..",
  "😀",
  "😀a",
  "a/bc",
  "a/b-c",
  "a/b",
  "a\nb",
  "a$b",
  "https://x.example.com/v1",
  "http://x.y.example.com:80/v2",
  "https://x.example.com.evil.com/v1",
];

describe("a pattern that is matched in linear time", () => {
  it.each(patterns)("gives the same result as the platform's own matcher: %s", (pattern) => {
    const own = linearPattern(pattern);
    for (const text of texts) expect([text, own(text)]).toEqual([text, platform(pattern, text)]);
  });

  it.each([
    ["(a+)+$", "a"],
    ["(a|a)*b", "a"],
    ["(?:a*)*(?:a*)*c", "a"],
    [".*.*.*.*=", "x"],
    ["https://(?:[a-z.]+)+/v1", "https://aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"],
  ])("ends where the platform's matcher would take very long: %s", (pattern, piece) => {
    expect(linearPattern(pattern)(`${piece.repeat(2_000)}!`)).toBe(false);
  });

  it.each([
    ["(", "is not a regular expression"],
    ["a{3,1}", "is not a regular expression"],
    ["(a)\\1", "refers back to a group"],
    ["(?<x>a)\\k<x>", "refers back to a group"],
    ["(?=a)a", "looks ahead"],
    ["a(?!b)", "looks ahead"],
    ["(?<=a)b", "looks behind"],
    ["(?<!a)b", "looks behind"],
    ["\\bab", "the edge of a word"],
    ["a\\B", "the edge of a word"],
    ["(a{99}){99}", "repeats too often"],
    ["(((a{0}){900}){900}){900}", "repeats too often"],
    ["a{999999999}", "repeats too often"],
    ["a{1,999999999}", "repeats too often"],
  ])("is rejected if linear time is impossible: %s", (pattern, problem) => {
    expect(() => linearPattern(pattern)).toThrow(PatternError);
    expect(() => linearPattern(pattern)).toThrow(problem);
  });
});
