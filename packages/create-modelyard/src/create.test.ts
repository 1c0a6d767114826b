import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { create, type Surroundings } from "./create.js";

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), "create-modelyard-"));
});
afterEach(() => {
  rmSync(cwd, { recursive: true, force: true });
});

interface Outcome {
  readonly code: number;
  readonly written: string;
  readonly errors: string;
  readonly installs: readonly string[];
}

async function run(args: readonly string[], more: Partial<Surroundings> = {}): Promise<Outcome> {
  const outcome = { written: "", errors: "", installs: [] as string[] };
  const code = await create(args, {
    cwd,
    env: {},
    terminal: undefined,
    write: (text) => {
      outcome.written += text;
    },
    writeError: (text) => {
      outcome.errors += text;
    },
    install: async (packageManager, folder) => {
      outcome.installs.push(`${packageManager} in ${folder}`);
      return undefined;
    },
    ...more,
  });
  return { code, ...outcome };
}

describe("create-modelyard without a terminal", () => {
  it("writes the project, installs, and lists the next steps", async () => {
    const { code, written, installs } = await run(["my-app", "--template", "router"]);
    expect(code).toBe(0);
    expect(existsSync(join(cwd, "my-app/src/router.ts"))).toBe(true);
    expect(installs).toEqual([`npm in ${join(cwd, "my-app")}`]);
    expect(written).toMatch(/Next:\n {2}cd my-app\n {2}npm test\n {2}cp \.env\.example \.env.*\n {2}npm start\n$/u);
  });

  it("installs nothing with --no-install, and uses the package manager that runs it", async () => {
    const env = { npm_config_user_agent: "pnpm/12.21.0 npm/? node/v24.21.0 linux x64" };
    const { written, installs } = await run(["my-part", "-t", "strategy", "--no-install"], { env });
    expect(installs).toEqual([]);
    expect(written).toContain("  cd my-part\n  pnpm install\n  pnpm test\n");
    expect(written).not.toContain("start");
  });

  it("takes the defaults with --yes", async () => {
    expect(await run(["--yes"])).toMatchObject({ code: 0, installs: [`npm in ${join(cwd, "modelyard-app")}`] });
  });

  it("writes into the current folder", async () => {
    const { written } = await run([".", "-t", "proxy", "--no-install", "-p", "bun"]);
    expect(readdirSync(cwd)).toContain("config.yaml");
    expect(written).toContain("Next:\n  bun install\n  bun run test\n");
  });

  it("says which answers are missing", async () => {
    const { code, errors } = await run(["my-app"]);
    expect(code).toBe(1);
    expect(errors).toMatch(
      /^There is no terminal to ask questions in\. Name a folder and a template \(router, proxy, /u,
    );
    expect(readdirSync(cwd)).toEqual([]);
  });

  it("fails if the dependencies cannot be installed, and keeps the project", async () => {
    const { code, written, errors } = await run(["my-app", "-t", "cache"], {
      install: async () => '"npm install" failed. Its output above says why.',
    });
    expect(code).toBe(1);
    expect(errors).toBe(
      'The project is complete, but its dependencies are not installed: "npm install" failed. Its output above says why.\n',
    );
    expect(written).toContain("  npm install\n");
    expect(existsSync(join(cwd, "my-app/package.json"))).toBe(true);
  });

  it("prints its help and its version", async () => {
    expect((await run(["--help"])).written).toContain("npm create modelyard [folder]");
    expect((await run(["--version"])).written).toMatch(/^\d+\.\d+\.\d+\n$/u);
  });

  it("refuses a folder that is not empty, and unknown options", async () => {
    writeFileSync(join(cwd, "notes.txt"), "mine");
    expect(await run([".", "--yes"])).toMatchObject({ code: 1, installs: [] });
    expect((await run(["--tempalte"])).errors).toMatch(/^Unknown option .* Did you mean/u);
    expect(readFileSync(join(cwd, "notes.txt"), "utf8")).toBe("mine");
  });
});

/** Types the keys in turn, each after its question has appeared. */
function typing(answers: readonly (readonly [question: string, keys: string])[]): Surroundings["terminal"] {
  const input = new PassThrough();
  const output = new PassThrough();
  const left = [...answers];
  let shown = "";
  output.on("data", (piece: Buffer) => {
    shown += piece.toString();
    const [question, keys] = left[0] ?? [];
    if (question === undefined || !shown.includes(question)) return;
    shown = "";
    left.shift();
    setImmediate(() => void input.write(keys));
  });
  return { input, output };
}

const enter = "\r";
const down = "\u001B[B";

describe("create-modelyard in a terminal", () => {
  it("asks for the folder, the template, and whether to install", async () => {
    const terminal = typing([
      ["Which folder?", `my-proxy${enter}`],
      ["What should it contain?", `${down}${enter}`],
      ["Install the dependencies with npm?", enter],
    ]);
    expect(await run([], { terminal })).toMatchObject({ code: 0, installs: [`npm in ${join(cwd, "my-proxy")}`] });
    expect(existsSync(join(cwd, "my-proxy/config.yaml"))).toBe(true);
  });

  it("does not ask for what the command line says", async () => {
    const terminal = typing([["What should it contain?", enter]]);
    expect(await run(["app", "--no-install"], { terminal })).toMatchObject({ code: 0, installs: [] });
    expect(existsSync(join(cwd, "app/src/router.ts"))).toBe(true);
  });

  it("asks for another folder if there is something in it", async () => {
    writeFileSync(join(cwd, "taken"), "");
    const terminal = typing([
      ["Which folder?", `taken${enter}`],
      ["is not a folder", `${"\b".repeat(5)}free${enter}`],
      ["What should it contain?", enter],
      ["Install the dependencies", `n`],
    ]);
    expect(await run([], { terminal })).toMatchObject({ code: 0, installs: [] });
    expect(existsSync(join(cwd, "free/package.json"))).toBe(true);
  });

  it("writes nothing after Ctrl+C", async () => {
    const terminal = typing([["Which folder?", "\u0003"]]);
    expect(await run([], { terminal })).toMatchObject({ code: 1, errors: "Cancelled: nothing was written.\n" });
    expect(readdirSync(cwd)).toEqual([]);
  });
});
