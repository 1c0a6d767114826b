import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Cli } from "../support/run-cli.js";

let cli: Cli;

beforeAll(async () => {
  cli = await Cli.build("dashboard");
});

afterAll(() => {
  cli.stop();
});

async function started(...flags: readonly string[]): Promise<string> {
  const run = cli.run(["--port", "0", ...flags]);
  const [, origin = ""] = await run.waitForOutput(/listens on (http:\S+)/u);
  return origin;
}

describe("the dashboard of the command", () => {
  it("is served with its files from the bundle", async () => {
    const origin = await started();
    const page = await (await fetch(origin)).text();
    const paths = [...page.matchAll(/(?:href|src)="(?<path>\/[^"]+)"/gu)].map(({ groups }) => groups!["path"]!);
    expect(paths).toHaveLength(3);
    for (const path of paths) expect((await fetch(origin + path)).status).toBe(200);
    expect((await fetch(`${origin}/dashboard/snapshot`)).status).toBe(200);
  });

  it("is not served with --no-dashboard", async () => {
    const origin = await started("--no-dashboard");
    expect(await (await fetch(origin)).text()).toBe('{"status":"alive"}');
    for (const path of ["page.js", "snapshot", "feed", "explain"])
      expect((await fetch(`${origin}/dashboard/${path}`)).status).toBe(404);
  });
});
