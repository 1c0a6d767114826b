import { execFileSync } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { scriptedProvider } from "@modelyard/testing";
import { systemClock } from "@modelyard/core/kit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { routerFromYaml } from "./router-from-yaml.js";
import { SourceFiles } from "./source-files.js";

let folder: string;
const cleanups: (() => unknown)[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "modelyard-sources-"));
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
  rmSync(folder, { recursive: true, force: true });
});

const good = "model_list: [{ model_name: m, litellm_params: { model: openai/m, api_key: k } }]\n";

const pipe = (path: string): void => void execFileSync("mkfifo", [path]);
const link =
  (target: string) =>
  (path: string): void => {
    symlinkSync(target, path);
  };
const holding =
  (content: string | Uint8Array) =>
  (path: string): void => {
    writeFileSync(path, content);
  };

function linkedPipe(path: string): void {
  pipe(`${path}.target`);
  symlinkSync(`${path}.target`, path);
}

function loop(path: string): void {
  symlinkSync(path, path);
}

function sparse(path: string): void {
  writeFileSync(path, "");
  truncateSync(path, 2 ** 40);
}

async function listening(path: string): Promise<void> {
  const server = createServer().listen(path);
  await once(server, "listening");
  cleanups.push(async () => {
    server.close();
    await once(server, "close");
  });
}

/** What a path can lead to instead of a readable file, and the message for it. */
const impostors: readonly (readonly [name: string, make: (path: string) => unknown, problem: RegExp])[] = [
  ["a FIFO", pipe, /not a regular file/u],
  ["a link to a FIFO", linkedPipe, /not a regular file/u],
  ["a device without end", link("/dev/zero"), /not a regular file/u],
  ["a socket", listening, /not a regular file/u],
  ["a folder", (path) => mkdirSync(path, { recursive: true }), /it is a folder/u],
  ["a sparse file of a terabyte", sparse, /longer than 4 MB/u],
  ["a file of one byte too many", holding(" ".repeat(4 * 1024 * 1024 + 1)), /longer than 4 MB/u],
  ["a link to itself", loop, /circular symbolic link/u],
  ["UTF-16", holding(Buffer.from(`\uFEFF${good}`, "utf16le")), /not valid UTF-8/u],
  ["nothing", () => undefined, /no such file/u],
];

describe.each(impostors)("%s instead of", (_, make, problem) => {
  it("a configuration file is an error at startup", async () => {
    const file = join(folder, "config.yaml");
    await make(file);
    await expect(routerFromYaml({ file }, { env: {} })).rejects.toThrow(problem);
  });

  it("a configuration file that is being served is logged once and changes nothing", async () => {
    const file = join(folder, "config.yaml");
    writeFileSync(file, good);
    const provider = scriptedProvider({ clock: systemClock });
    const yaml = await routerFromYaml({ file }, { env: {}, providers: [provider] });
    cleanups.push(() => yaml.close());
    unlinkSync(file);
    await make(file);
    const errors: unknown[] = [];
    const reported = new Promise<void>((resolve) => {
      yaml.watch({
        everyMs: 1,
        onError: (error) => {
          errors.push(error);
          resolve();
        },
      });
    });
    await reported;
    await expect(yaml.reload()).rejects.toThrow(problem);
    expect(errors).toHaveLength(1);
    expect(String(errors[0])).toMatch(problem);
    const answer = await yaml.router.completion({ model: "m", messages: [{ role: "user", content: "hi" }] });
    expect(answer.choices).toHaveLength(1);
  });

  it("an included file is an error with the place of the include", async () => {
    const file = join(folder, "config.yaml");
    writeFileSync(file, `include: [more.yaml]\n${good}`);
    await make(join(folder, "more.yaml"));
    const includeFrom = ["/dev"];
    const error: unknown = await routerFromYaml({ file }, { env: {}, includeFrom }).catch((thrown: unknown) => thrown);
    expect(String(error)).toMatch(/config\.yaml:1:11 include\[0\]: "more\.yaml"/u);
    expect(String(error)).toMatch(problem);
  });

  it("a strategy's module is an error with the place of its name", async () => {
    const file = join(folder, "config.yaml");
    writeFileSync(file, `${good}router_settings: { routing_strategy: ./mine.mjs }\n`);
    await make(join(folder, "mine.mjs"));
    const includeFrom = ["/dev"];
    const error: unknown = await routerFromYaml({ file }, { env: {}, includeFrom }).catch((thrown: unknown) => thrown);
    expect(String(error)).toMatch(/config\.yaml:2:20 router_settings\.routing_strategy: /u);
    expect(String(error)).toMatch(problem);
  });
});

it("a device or pipe whose timestamps change counts as unchanged, so that it is not read repeatedly", async () => {
  const path = join(folder, "pipe");
  execFileSync("mkfifo", [path]);
  const files = new SourceFiles();
  expect(() => files.read(path)).toThrow("not a regular file");
  utimesSync(path, 1, 1);
  expect(await files.changed()).toBeUndefined();
  unlinkSync(path);
  writeFileSync(path, "a: 1\n");
  expect(await files.changed()).toContain(path);
});

it("a file that reports a size of 0 is read to its end", () => {
  expect(new SourceFiles().read("/proc/self/status")).toContain("Pid:");
});

describe("an included file", () => {
  const included = "model_list: [{ model_name: n, litellm_params: { model: openai/n, api_key: k } }]\n";

  async function groupsOf(name: string, includeFrom: readonly string[] = []): Promise<readonly string[]> {
    mkdirSync(join(folder, "conf/sub"), { recursive: true });
    mkdirSync(join(folder, "shared"), { recursive: true });
    writeFileSync(join(folder, "shared/models.yaml"), included);
    writeFileSync(join(folder, "conf/sub/models.yaml"), included);
    rmSync(join(folder, "conf/link.yaml"), { force: true });
    symlinkSync(join(folder, "shared/models.yaml"), join(folder, "conf/link.yaml"));
    const file = join(folder, "conf/config.yaml");
    writeFileSync(file, `include: [${JSON.stringify(name)}]\n${good}`);
    const yaml = await routerFromYaml({ file }, { env: {}, includeFrom });
    await yaml.close();
    return yaml.router.models().map(({ id }) => id);
  }

  it.each(["sub/models.yaml", "./sub/models.yaml", "sub/../sub/models.yaml"])(
    "in the configuration's folder or below it is read: %s",
    async (name) => {
      expect(await groupsOf(name)).toEqual(["m", "n"]);
    },
  );

  it.each([
    ["a path upwards", () => "../shared/models.yaml"],
    ["an absolute path", () => join(folder, "shared/models.yaml")],
    ["a link that leads outside", () => "link.yaml"],
    ["a file of the system", () => "/etc/passwd"],
  ])("outside the configuration's folder is refused, with the fix: %s", async (_, name) => {
    const error: unknown = await groupsOf(name()).catch((thrown: unknown) => thrown);
    expect(String(error)).toContain("it is outside the folder of the configuration.");
    expect(String(error)).toContain("--include-from");
    expect(String(error)).not.toContain("root:");
  });

  it("outside the configuration's folder is read if its folder is allowed", async () => {
    const allowed = [join(folder, "shared")];
    for (const name of ["../shared/models.yaml", "link.yaml"])
      expect(await groupsOf(name, allowed)).toEqual(["m", "n"]);
  });

  it("is read through a link to a folder that is replaced, as Kubernetes mounts it", async () => {
    const mount = join(folder, "mount");
    mkdirSync(join(mount, "..2026"), { recursive: true });
    writeFileSync(join(mount, "..2026/config.yaml"), `include: [models.yaml]\n${good}`);
    writeFileSync(join(mount, "..2026/models.yaml"), included);
    symlinkSync("..2026", join(mount, "..data"));
    for (const name of ["config.yaml", "models.yaml"]) symlinkSync(`..data/${name}`, join(mount, name));
    const yaml = await routerFromYaml({ file: join(mount, "config.yaml") }, { env: {} });
    expect(yaml.router.models().map(({ id }) => id)).toEqual(["m", "n"]);
    await yaml.close();
  });
});
