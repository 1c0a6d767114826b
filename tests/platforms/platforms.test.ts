import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { dirname, join } from "node:path";
import { deflateSync } from "node:zlib";
import { refuses, replies, startUpstream, type Upstream } from "@modelyard/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { writeProject } from "../../packages/create-modelyard/src/write-project.js";
import { outputOf, type Server, startServer, startWorker } from "./processes.js";
import { reportMissing, runtimes } from "./runtimes.js";
import { createSandbox, type Sandbox } from "./sandbox.js";
import { sizeOf, type WorkerBundle } from "./worker-size.js";

const page = readFileSync(new URL("../../docs/platforms.md", import.meta.url), "utf8");

/** A code block of docs/platforms.md, by the file name in its first line. */
function documented(file: string): string {
  const code = [...page.matchAll(/^```ts\n(?<code>[\s\S]*?)^```/gmu)]
    .map((match) => match.groups?.["code"] ?? "")
    .find((block) => block.startsWith(`// ${file}\n`));
  if (code === undefined) throw new Error(`docs/platforms.md has no code block that begins with "// ${file}".`);
  return code;
}

const compatibilityDate = /"compatibility_date": (?<date>"[^"]+")/u.exec(page)?.groups?.["date"] ?? "not documented";

const text = "Hello from upstream";
const expected = {
  plain: text,
  anthropic: text,
  stream: text,
  aborted: "aborted",
  timeout: "timeout",
  refused: "openai (gpt-4) could not be reached (ECONNREFUSED).",
  gateway: {
    statuses: [200, 200],
    encoded: [200, 400, 415],
    message: { role: "assistant", content: text, refusal: null },
    cache: ["miss", "hit"],
    events: true,
  },
  sdk: { content: [{ type: "text", text }], streamed: text },
};

/** The least that routes: one vendor, and no gateway. */
const smallWorker = `
  import { openai } from "@modelyard/providers-openai";
  import { createRouter } from "@modelyard/router";
  export default {
    fetch: async (_, { apiKey }) => {
      const router = createRouter({ providers: [openai()], modelList: [{ modelName: "a", model: "openai/a", apiKey }] });
      return Response.json(await router.completion({ model: "a", messages: [{ role: "user", content: "Hello" }] }));
    },
  };
`;

const workers: readonly WorkerBundle[] = [
  { title: "the router and `providers-openai`", file: "small-worker.mjs" },
  { title: "`worker.ts`: the same, and the gateway", file: "worker.mjs" },
  { title: "`yaml-worker.ts`: `modelyard`", file: "yaml-worker.mjs" },
];

const undiciCall = (apiBase: string): string => `
  import { createRouter } from "@modelyard/router";
  import { provider } from "./undici.mjs";
  const modelList = [{ modelName: "gpt-4", model: "openai/gpt-4", apiKey: "vendor-key", apiBase: "${apiBase}" }];
  const router = createRouter({ providers: [provider], numRetries: 0, modelList });
  const called = router.completion({ model: "gpt-4", messages: [{ role: "user", content: "Hello" }] });
  console.log(await called.then(({ choices }) => choices[0].message.content, ({ message }) => message));
`;

const expectedOfModelyard = { inCode: text, inYaml: text, warnings: [] };

/** Names callbacks, none of which are installed. */
const missingPackages = `
  import { routerFromYaml } from "modelyard";
  const text = [
    "model_list:",
    "  - { model_name: gpt-4, litellm_params: { model: openai/gpt-4, api_key: key } }",
    "litellm_settings:",
    "  callbacks: [prometheus, otel]",
    "  success_callback: [langfuse]",
    "  failure_callback: [sentry, langfuse]",
  ];
  await routerFromYaml(text.join("\\n"), { env: {} }).catch(({ message }) => console.log(message));
`;

let sandbox: Sandbox;
let upstream: Upstream;

beforeAll(async () => {
  reportMissing();
  sandbox = createSandbox();
  upstream = await startUpstream();
  for (const name of ["smoke", "smoke-modelyard"])
    await sandbox.add(`${name}.mjs`, readFileSync(new URL(`${name}.ts`, import.meta.url), "utf8"));
  const origin = JSON.stringify(upstream.origin);
  const closed = JSON.stringify(await closedOrigin());
  await sandbox.add(
    "run.mjs",
    `import { smoke } from "./smoke.mjs"; console.log(JSON.stringify(await smoke(${origin}, ${closed})));`,
  );
  await sandbox.add(
    "run-modelyard.mjs",
    `import { smokeModelyard } from "./smoke-modelyard.mjs"; console.log(JSON.stringify(await smokeModelyard(${origin})));`,
  );
  await sandbox.add(
    "smoke-worker.mjs",
    'import { smoke } from "./smoke.mjs"; export default { fetch: async (_, env) => Response.json(await smoke(env.ORIGIN, env.CLOSED)) };',
  );
  await sandbox.add(
    "modelyard-worker.mjs",
    `import { refusals, smokeModelyard } from "./smoke-modelyard.mjs";
     export default {
       fetch: async (_, { ORIGIN }) => Response.json([await smokeModelyard(ORIGIN), await refusals()]),
     };`,
  );
  await sandbox.add("undici.mjs", documented("undici.ts"));
  await sandbox.add("call-undici.mjs", undiciCall(`${upstream.origin}/healthy/v1`));
  await sandbox.add("server.mjs", documented("server.ts"));
  await sandbox.add("missing-packages.mjs", missingPackages);
  await sandbox.add("worker.mjs", documented("worker.ts"));
  await sandbox.add("yaml-worker.mjs", documented("yaml-worker.ts"));
  await sandbox.add("small-worker.mjs", smallWorker);
}, 300_000);

beforeEach(() => {
  upstream.reset();
  upstream.script({ host: "overloaded" }, refuses(503));
  upstream.script({ host: "silent" }, { delayMs: 60_000 });
  // Sends the first word, and then nothing for a minute.
  upstream.script({ host: "stuck" }, replies(text, { gapMs: 60_000 }));
  upstream.script({ host: "stuck-behind-the-gateway" }, replies(text, { gapMs: 60_000 }));
});

afterAll(async () => {
  await upstream.close();
  sandbox.remove();
});

/** The address of a port of this machine where nothing listens. */
async function closedOrigin(): Promise<string> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  return `http://127.0.0.1:${String(port)}`;
}

/** Checks that the vendor stops when the reader stops. */
async function expectStopped(host: string): Promise<void> {
  const [call] = await upstream.waitForCalls(1, { host });
  expect((await upstream.waitForClose(call!)).closedByClientAt).toBeDefined();
}

/** How a platform reports a connection that was refused, unless Node's code says so. */
const refusals: Readonly<Record<string, string>> = {
  Deno: "openai (gpt-4) could not be reached.",
  // It does not say whether a connection was refused or broke.
  workerd: "openai (gpt-4) closed the connection before the answer was complete.",
};

async function expectSmoke(results: unknown, { name }: { readonly name: string }): Promise<void> {
  expect(results).toEqual({ ...expected, refused: refusals[name] ?? expected.refused });
  await expectStopped("stuck");
  await expectStopped("stuck-behind-the-gateway");
}

const keys = { OPENAI_API_KEY: "vendor-key", MASTER_KEY: "gateway-key" };

/** Checks a server that serves `gpt-4` from the host `documented`. */
async function expectGateway({ port }: Server): Promise<void> {
  const url = `http://127.0.0.1:${String(port)}/v1/chat/completions`;
  const ask = (stream: boolean, key: string, signal?: AbortSignal): Promise<Response> =>
    fetch(url, {
      method: "POST",
      headers: { authorization: `Bearer ${key}` },
      body: JSON.stringify({ model: "gpt-4", stream, messages: [{ role: "user", content: "Hello" }] }),
      ...(signal === undefined ? {} : { signal }),
    });
  expect(await (await ask(false, keys.MASTER_KEY)).json()).toMatchObject({ choices: [{ message: { content: text } }] });
  expect(await (await ask(true, keys.MASTER_KEY)).text()).toContain("data: [DONE]");
  expect((await ask(false, "another key")).status).toBe(401);
  const deflated = deflateSync(JSON.stringify({ model: "gpt-4", messages: [{ role: "user", content: "Hello" }] }));
  const headers = { authorization: `Bearer ${keys.MASTER_KEY}`, "content-encoding": "deflate" };
  expect((await fetch(url, { method: "POST", headers, body: deflated })).status).toBe(200);
  expect((await fetch(url, { method: "POST", headers, body: deflated.subarray(0, -1) })).status).toBe(400);
  upstream.reset();
  // An endless stream, since workerd only notices that a client has disconnected when it writes.
  upstream.script({ host: "documented" }, replies("word ".repeat(2_000), { gapMs: 50 }));
  const client = new AbortController();
  await (await ask(true, keys.MASTER_KEY, client.signal)).body?.getReader().read();
  client.abort();
  await expectStopped("documented");
}

describe.each([runtimes.node22, runtimes.node, runtimes.bun, runtimes.deno])(
  "the packed packages on $name",
  (runtime) => {
    const permissions = ["--allow-net=127.0.0.1"];
    // The YAML parser reads these variables if it runs on Node's modules.
    const yamlPermissions = [...permissions, "--allow-env=LOG_STREAM,LOG_TOKENS"];

    it.skipIf(runtime.binary === undefined)("can call, stream, abort, time out, cache and serve", async () => {
      const output = await outputOf({ runtime, folder: sandbox.folder, file: "run.mjs", permissions });
      await expectSmoke(JSON.parse(output), runtime);
    });

    it.skipIf(runtime.binary === undefined)("can run modelyard, in code and from YAML", async () => {
      const output = await outputOf({
        runtime,
        folder: sandbox.folder,
        file: "run-modelyard.mjs",
        permissions: yamlPermissions,
      });
      expect(JSON.parse(output)).toEqual(expectedOfModelyard);
    });

    it.skipIf(runtime.binary === undefined)(
      "name all packages that a file needs and that are not installed",
      async () => {
        const output = await outputOf({
          runtime,
          folder: sandbox.folder,
          file: "missing-packages.mjs",
          permissions: yamlPermissions,
        });
        const names = ["prometheus", "otel", "langfuse", "sentry"].map((name) => `@modelyard/callbacks-${name}`);
        const command = `npm i ${names.join(" ")}`;
        const problem = (callback: string): string =>
          `the callback "${callback}" needs the package @modelyard/callbacks-${callback}, which is not installed. Run: ${command}`;
        expect(output.trim().split("\n")).toEqual([
          "The configuration has 4 problems:",
          `  config.yaml:4:15 litellm_settings.callbacks[0]: ${problem("prometheus")}`,
          `  config.yaml:4:27 litellm_settings.callbacks[1]: ${problem("otel")}`,
          `  config.yaml:5:22 litellm_settings.success_callback[0]: ${problem("langfuse")}`,
          `  config.yaml:6:22 litellm_settings.failure_callback[0]: ${problem("sentry")}`,
        ]);
      },
    );

    it.skipIf(runtime.binary === undefined)("run the server of docs/platforms.md", async () => {
      const env = { ...keys, OPENAI_BASE_URL: `${upstream.origin}/documented/v1`, PORT: "0" };
      const allowed = ["--allow-net=127.0.0.1,[::]:0", `--allow-env=${Object.keys(env).join(",")}`];
      const server = await startServer({
        runtime,
        folder: sandbox.folder,
        file: "server.mjs",
        permissions: allowed,
        env,
      });
      try {
        await expectGateway(server);
      } finally {
        await server.stop();
      }
    });
  },
);

describe.each([runtimes.node22, runtimes.node])(
  "the router that npm create modelyard writes, on $name",
  ({ name, binary }) => {
    it.skipIf(binary === undefined)("starts without a build, and reports that it needs a key", () => {
      const folder = join(sandbox.folder, `project-${name.replaceAll(" ", "-")}`);
      writeProject({ folder, template: "router" });
      const { status, stderr } = spawnSync(binary ?? "", ["--run", "start"], {
        cwd: folder,
        // The script starts the Node that it finds in the path.
        env: { PATH: dirname(binary ?? "") },
        encoding: "utf8",
      });
      expect(status).toBe(1);
      expect(stderr).toContain("openai needs a key");
    });
  },
);

describe("the size of what is installed", () => {
  const megabytes = (installed: ReadonlyMap<string, number>): number =>
    [...installed.values()].reduce((sum, bytes) => sum + bytes, 0) / 1_000_000;
  const all = ["modelyard"];
  const twoProviders = ["@modelyard/router", "@modelyard/providers-openai", "@modelyard/providers-anthropic"];

  it("is at most 30 MB for modelyard", () => {
    expect(megabytes(sandbox.installedWith(all))).toBeLessThan(30);
  });

  it("is at most 6 MB for the router with two providers", () => {
    expect(megabytes(sandbox.installedWith(twoProviders))).toBeLessThan(6);
  });

  it("is less than 3 MB for @modelyard/ai-sdk with the router, beside the AI SDK", () => {
    expect(megabytes(sandbox.installedWith(["@modelyard/ai-sdk"], ["@ai-sdk/provider"]))).toBeLessThan(3);
  });

  it.each([[all], [twoProviders], [["@modelyard/ai-sdk"]]])("has no vendor's SDK in it: %j", (names) => {
    const sdks = /^(?:@anthropic-ai\/|openai@|@langfuse\/|@sentry\/|@opentelemetry\/)/u;
    expect([...sandbox.installedWith(names).keys()].filter((name) => sdks.test(name))).toEqual([]);
  });
});

describe("the size of a Worker's bundle", () => {
  it("is in docs/platforms.md, to a tenth (UPDATE_SIZES=1 writes it there)", async () => {
    for (const { title, file } of workers) {
      const { minified, zipped, row } = sizeOf(title, await sandbox.bundleWorker(file, true));
      const found = page.split("\n").find((line) => line.startsWith(`| ${title} `)) ?? "";
      if (process.env["UPDATE_SIZES"] === "1") {
        const path = new URL("../../docs/platforms.md", import.meta.url);
        writeFileSync(path, readFileSync(path, "utf8").replace(found, row));
        continue;
      }
      const [documentedSize = 0, documentedZipped = 0] = [...found.matchAll(/(?<kilobytes>\d+) KB/gu)].map((match) =>
        Number(match.groups?.["kilobytes"]),
      );
      const isNear = [documentedSize / minified, documentedZipped / zipped].every((ratio) => Math.abs(ratio - 1) < 0.1);
      expect(isNear ? row : found).toBe(row);
    }
  });
});

describe("the packed packages on Deno, with undici instead of fetch", () => {
  const call = async (...permissions: readonly string[]): Promise<string> =>
    outputOf({ runtime: runtimes.deno, folder: sandbox.folder, file: "call-undici.mjs", permissions });

  it.skipIf(runtimes.deno.binary === undefined)("need permission to read the environment", async () => {
    expect(await call("--allow-net", "--allow-env")).toBe(`${text}\n`);
    expect(await call("--allow-net")).toContain("could not be reached");
  });
});

/** The message of a configuration's error. */
function problems(...lines: readonly string[]): string {
  const count = `The configuration has ${String(lines.length)} problem${lines.length === 1 ? "" : "s"}:`;
  return [count, ...lines.map((line) => `  config.yaml:${line}`)].join("\n");
}

function needsNode(callback: string): string {
  return `the callback "${callback}" needs Node. Remove it, or pass a callback of your own in the option callbacks.`;
}

describe("the packed packages on workerd, without nodejs_compat", () => {
  /** Starts a module of the sandbox as a Worker, bundled in the same way as by wrangler. */
  async function start(file: string, env: Readonly<Record<string, string>>): Promise<Server> {
    await sandbox.bundleWorker(`${file}.mjs`);
    const configuration = join(sandbox.folder, `${file}.capnp`);
    const bindings = Object.entries(env).map(
      ([name, value]) => `(name = ${JSON.stringify(name)}, text = ${JSON.stringify(value)})`,
    );
    writeFileSync(
      configuration,
      `using Workerd = import "/workerd/workerd.capnp";
       const config :Workerd.Config = (
         services = [
           (name = "worker", worker = .worker),
           (name = "internet", network = (allow = ["public", "private"])),
         ],
         sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "worker")],
       );
       const worker :Workerd.Worker = (
         modules = [(name = "worker", esModule = embed "${file}.worker.js")],
         compatibilityDate = ${compatibilityDate},
         bindings = [${bindings.join(", ")}],
       );`,
    );
    return startWorker(runtimes.workerd.binary ?? "", configuration);
  }

  it.skipIf(runtimes.workerd.binary === undefined)("can call, stream, abort, time out, cache and serve", async () => {
    const server = await start("smoke-worker", { ORIGIN: upstream.origin, CLOSED: await closedOrigin() });
    try {
      const response = await fetch(`http://127.0.0.1:${String(server.port)}/`);
      await expectSmoke(await response.json(), runtimes.workerd);
    } finally {
      await server.stop();
    }
  });

  it.skipIf(runtimes.workerd.binary === undefined)(
    "can run modelyard, and say what of a configuration needs Node",
    async () => {
      const server = await start("modelyard-worker", { ORIGIN: upstream.origin });
      try {
        const response = await fetch(`http://127.0.0.1:${String(server.port)}/`);
        expect(await response.json()).toEqual([
          expectedOfModelyard,
          [
            "source: this platform has no files. Pass the text of the configuration.",
            problems(
              '1:11 include[0]: "models.yaml", looked up relative to this file: this platform has no files. Put its contents into the text of the configuration.',
            ),
            problems(
              `2:33 litellm_settings.callbacks[0]: ${needsNode("prometheus")}`,
              `2:65 litellm_settings.failure_callback[0]: ${needsNode("sentry")}`,
            ),
            problems(
              "2:20 router_settings.routing_strategy: ./my-strategy.mjs cannot be loaded on this platform. Import the strategy, and pass it to createRouter, or to routerFromYaml if it has an option for it.",
            ),
            "redis: the file configures Redis, whose client needs Node. Remove the settings of Redis, or run on Node.",
            problems("1:66 model_list[0].litellm_params.api_key: the environment variable KEY is not set. Set it."),
            "watch: this platform has no files to watch. Pass the changed text to reload.",
          ],
        ]);
      } finally {
        await server.stop();
      }
    },
  );

  it.skipIf(runtimes.workerd.binary === undefined).each(["worker", "yaml-worker"])(
    "run %s.ts of docs/platforms.md",
    async (file) => {
      const server = await start(file, { ...keys, OPENAI_BASE_URL: `${upstream.origin}/documented/v1` });
      try {
        await expectGateway(server);
      } finally {
        await server.stop();
      }
    },
  );
});
