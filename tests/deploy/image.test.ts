import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { validate } from "dockerfile-utils";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

const repository = fileURLToPath(new URL("../..", import.meta.url));
const image = join(repository, "deploy/image");
const dockerfile = readFileSync(join(image, "Dockerfile"), "utf8");

/** The arguments of an instruction in JSON, the last one in the file. */
function inJson(instruction: string): readonly string[] {
  const found = [...dockerfile.matchAll(new RegExp(`^\\s*${instruction} (?<json>\\[.*\\])$`, "gmu"))].at(-1);
  return JSON.parse(found?.groups?.["json"] ?? "[]") as readonly string[];
}

/** Writes the image's files, with a Node and a port of this machine. */
function writeRoot(root: string, dist: string, node: string): void {
  const script = `import { buildRoot } from ${JSON.stringify(join(image, "build-root.mjs"))};
    buildRoot(...${JSON.stringify([root, { dist, node }])});`;
  execFileSync(process.execPath, ["--input-type=module", "--eval", script]);
}

function sizeOf(folder: string): number {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => lstatSync(join(folder, name)))
    .reduce((sum, entry) => sum + (entry.isFile() ? Math.ceil(entry.size / 4_096) * 4_096 : 0), 0);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/** A file as LiteLLM's users mount it, without a master key. */
const config = `model_list:
  - model_name: gpt-4
    litellm_params: { model: openai/gpt-4, api_key: k, mock_response: Hello }
`;

let folder: string;
let dist: string;
let child: ChildProcess | undefined;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "modelyard-image-"));
  dist = join(folder, "dist");
  const tsup = createRequire(join(repository, "package.json")).resolve("tsup/package.json");
  const args = [join(dirname(tsup), "dist/cli-default.js"), "--out-dir", dist];
  execFileSync(process.execPath, args, { cwd: join(repository, "apps/proxy") });
});
afterEach(() => {
  child?.kill("SIGKILL");
  child = undefined;
});
afterAll(() => {
  // The root is read-only.
  execFileSync("chmod", ["-R", "u+w", folder]);
  rmSync(folder, { recursive: true, force: true });
});

/** Waits for the banner, and returns everything that was printed. */
async function banner(started: ChildProcess): Promise<string> {
  let output = "";
  started.stderr?.on("data", (piece: Buffer) => {
    output += String(piece);
  });
  for await (const piece of started.stdout ?? []) {
    output += String(piece);
    if (/listens on/u.test(output)) return output;
  }
  throw new Error(`It ended without listening: ${output}`);
}

async function ask(port: number): Promise<unknown> {
  const response = await fetch(`http://127.0.0.1:${String(port)}/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ model: "gpt-4", messages: [{ role: "user", content: "hi" }] }),
  });
  return response.json();
}

const answered = { choices: [{ message: { content: "Hello" } }] };

describe("the Dockerfile", () => {
  it("passes the linter", () => {
    expect(validate(dockerfile)).toEqual([]);
  });

  it("fails the linter if it has a mistake", () => {
    expect(validate(dockerfile.replace("EXPOSE 4000", "EXPOSE four"))).not.toEqual([]);
  });

  it("builds on the pinned Node, and runs on its major version", () => {
    const pinned = readFileSync(join(repository, ".nvmrc"), "utf8").trim();
    expect(dockerfile).toContain(` node:${pinned}-`);
    expect(dockerfile).toContain(`/nodejs${pinned.split(".", 1).join()}-`);
  });

  it("runs as a numeric user other than root, in /app, on LiteLLM's port, with LiteLLM's file", () => {
    expect(/^USER (?<user>.*)$/mu.exec(dockerfile)?.groups?.["user"]).toBe("65532:65532");
    expect(dockerfile).toContain("\nWORKDIR /app\n");
    expect(dockerfile).toContain("\nEXPOSE 4000\n");
    expect(inJson("CMD")).toEqual(["--config", "/app/config.yaml"]);
  });

  it("copies nothing into the build that was built or installed before", () => {
    const ignored = readFileSync(join(image, "Dockerfile.dockerignore"), "utf8").trim().split("\n");
    expect(ignored).toEqual(expect.arrayContaining([".git", "**/node_modules", "**/dist"]));
  });
});

describe("the files of the image", () => {
  let root: string;
  /** What a container's environment has. */
  const env = { PATH: "/usr/local/bin:/usr/bin:/bin", MODELYARD_HOST: "0.0.0.0" };

  beforeAll(() => {
    root = join(folder, "root");
    writeRoot(root, dist, process.execPath);
    writeFileSync(join(root, "app/config.yaml"), config);
    execFileSync("chmod", ["-R", "a-w", root]);
  });

  it("take less than 15 MB", () => {
    expect(sizeOf(root) / 1e6).toBeLessThan(15);
  });

  it("have every path that the Dockerfile names", () => {
    const inRoot = [...inJson("ENTRYPOINT"), ...inJson("CMD"), "/opt/modelyard/health-check.mjs"].filter((word) =>
      word.startsWith("/"),
    );
    expect(inRoot.filter((path) => !statSync(join(root, path)).isFile())).toEqual([]);
    expect(dockerfile).toContain('CMD ["/nodejs/bin/node", "/opt/modelyard/health-check.mjs"]');
  });

  it.each(["modelyard", "litellm"])(
    "serve LiteLLM's file with LiteLLM's options, under the name %s, though nothing is writable",
    async (name) => {
      const port = await freePort();
      const args = ["--config", join(root, "app/config.yaml"), "--num_workers", "1", "--detailed_debug"];
      child = spawn(join(root, "usr/local/bin", name), args, {
        cwd: join(root, "app"),
        env: { ...env, PORT: String(port) },
      });
      expect(await banner(child)).toContain(String(port));
      expect(await ask(port)).toMatchObject(answered);
      const check = spawnSync(process.execPath, [join(root, "opt/modelyard/health-check.mjs")], {
        env: { ...env, PORT: String(port) },
        encoding: "utf8",
      });
      expect(check).toMatchObject({ status: 0, stderr: "" });
      child.kill("SIGTERM");
      expect(await once(child, "exit")).toEqual([0, null]);
    },
  );

  it("have a health check that fails if nothing answers", async () => {
    const port = String(await freePort());
    const check = spawnSync(process.execPath, [join(root, "opt/modelyard/health-check.mjs")], {
      env: { ...env, PORT: port },
      encoding: "utf8",
    });
    expect(check).toMatchObject({
      status: 1,
      stderr: `Nothing answers at http://127.0.0.1:${port}/health/liveliness.\n`,
    });
  });
});

/** Whether this machine can start a process in other namespaces, as a container engine does. */
const canIsolate =
  process.getuid?.() === 0 && spawnSync("unshare", ["--mount", "--pid", "--fork", "true"]).status === 0;

describe.skipIf(!canIsolate)("the root file system of the image, read-only and as its user", () => {
  it("serves as process 1, and its health check finds the port of --port", async () => {
    const root = join(folder, "isolated");
    writeRoot(root, dist, "/nodejs/bin/node");
    writeFileSync(join(root, "app/config.yaml"), config);
    // Folders of mkdtemp are closed to other users.
    chmodSync(folder, 0o755);
    const port = await freePort();
    const args = [root, process.execPath, ...inJson("CMD"), "--port", String(port)];
    child = spawn(join(image, "try-root.sh"), args, { env: { ...process.env, MODELYARD_HOST: "0.0.0.0" } });
    await banner(child);
    expect(await ask(port)).toMatchObject(answered);
    const outer = String(child.pid);
    const inner = readFileSync(`/proc/${outer}/task/${outer}/children`, "utf8").trim();
    expect(readFileSync(`/proc/${inner}/status`, "utf8")).toMatch(/^Uid:\t65532\t65532\t/mu);
    const inside = ["--target", inner, "--mount", "--pid", "--root", "--setuid", "65532"];
    const check = ["/nodejs/bin/node", "/opt/modelyard/health-check.mjs"];
    expect(spawnSync("nsenter", [...inside, ...check]).status).toBe(0);
    // Even root cannot write.
    const write = ["/nodejs/bin/node", "--eval", "fs.writeFileSync('/app/config.yaml', '')"];
    const written = spawnSync("nsenter", ["--target", inner, "--mount", "--root", ...write], { encoding: "utf8" });
    expect(written.stderr).toContain("EROFS");
    process.kill(Number(inner), "SIGTERM");
    expect(await once(child, "exit")).toEqual([0, null]);
  });
});
