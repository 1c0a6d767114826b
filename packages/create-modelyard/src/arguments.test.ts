import { describe, expect, it } from "vitest";
import { help, readArguments } from "./arguments.js";
import { templateNames } from "./templates.js";

describe("the arguments of create-modelyard", () => {
  it("answer every question", () => {
    const args = ["my-app", "--template", "proxy", "--package-manager", "pnpm", "--no-install"];
    const expected = { folder: "my-app", template: "proxy", packageManager: "pnpm", install: false, yes: false };
    expect(readArguments(args)).toEqual(expected);
    expect(readArguments(["-t", "proxy", "-p", "pnpm", "--no-install", "my-app"])).toEqual(expected);
    expect(readArguments(["--template=proxy", "--install", "-y"])).toEqual({
      template: "proxy",
      install: true,
      yes: true,
    });
  });

  it("may be omitted", () => {
    expect(readArguments([])).toEqual({ yes: false });
  });

  it.each([
    [["--tempalte", "router"], 'Unknown option "--tempalte". Did you mean "--template"?'],
    [["-x"], 'Unknown option "-x".'],
    [["--no-template"], 'Unknown option "--no-template".'],
    [["--template", "proxi"], '--template: there is no "proxi". Did you mean "proxy"?'],
    [["--template"], `--template needs a value: ${templateNames.join(", ")}.`],
    [["--template="], "--template needs a value"],
    [["--template", "toString"], '--template: there is no "toString".'],
    [["-p", "cargo"], '--package-manager: there is no "cargo". Choose one of npm, pnpm, yarn, bun.'],
    // npm takes `--template` for its own, unless it comes after two dashes.
    [["my-app", "proxy"], "options come after two dashes: npm create modelyard my-app -- --template router"],
  ])("are reported when they are wrong: %j", (args, message) => {
    expect(() => readArguments(args)).toThrow(message);
  });

  it("are all in the help", () => {
    for (const word of [...templateNames, "--package-manager", "--no-install", "--yes", "--version"])
      expect(help).toContain(word);
    expect(help.split("\n").every((line) => line.length <= 100)).toBe(true);
  });
});
