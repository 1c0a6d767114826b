import { expect, it } from "vitest";
import { originProblem } from "./web-origin.js";

it.each([
  "https://app.example.com",
  "http://localhost:5173",
  "http://[::1]:3000",
  "chrome-extension://abcdefghijklmnop",
  "tauri://localhost",
  "*",
])("%s is an origin", (origin) => {
  expect(originProblem(origin)).toBeUndefined();
});

it.each([
  [5, "must be a string"],
  ["", '"" is not a valid origin. Write it as "https://app.example.com"'],
  ["app.example.com", "is not a valid origin"],
  ["https://", "is not a valid origin"],
  ["https://a.com/", 'is not how browsers send it. Write "https://a.com"'],
  ["https://a.com/chat?x=1", 'Write "https://a.com"'],
  ["https://a.com:443", 'Write "https://a.com"'],
  ["http://A.com", 'Write "http://a.com"'],
  ["https://user:secret@a.com", 'is not how browsers send it. Write "https://a.com"'],
  ["https://münchen.example", 'Write "https://xn--mnchen-3ya.example"'],
  ["https://*.example.com", "is a pattern. Name each origin"],
  ["https://a.com, https://b.com", "is not a valid origin"],
  ["null", "every sandboxed page"],
])("%j is not an origin", (value, problem) => {
  expect(originProblem(value)).toContain(problem);
  expect(originProblem(value)).not.toContain("secret");
});
