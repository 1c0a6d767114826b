import { describe, expect, it } from "vitest";
import { runProgram } from "./run-program.js";

const program = { command: "/bin/sh", folder: "/", env: { PATH: process.env["PATH"] ?? "" }, timeoutMs: 30_000 };

describe("running a program", () => {
  it("returns its exit code and what it printed", async () => {
    const finished = await runProgram({ ...program, args: ["-c", "echo out; echo err >&2; exit 3"] });
    expect(finished).toEqual({ exitCode: 3, stdout: "out\n", stderr: "err\n" });
  });

  it("ends the programs that it started if it takes too long", async () => {
    // The output stays open until both have ended, so this would never resolve if one of them lived on.
    const finished = await runProgram({ ...program, args: ["-c", "sleep 600 & sleep 600"], timeoutMs: 50 });
    expect(finished.exitCode).toBeUndefined();
  });

  it("rejects if the program does not exist", async () => {
    await expect(runProgram({ ...program, command: "/no/such/program", args: [] })).rejects.toThrow("ENOENT");
  });
});
