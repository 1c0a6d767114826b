import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

/** An application for Workers, Deno or a browser, bundled as it would be there. */
const application = `
import { memoryCache } from "@modelyard/cache-memory";
import { createGateway, toFetchHandler } from "@modelyard/gateway";
import { anthropic } from "@modelyard/providers-anthropic";
import { openai } from "@modelyard/providers-openai";
import { createRouter } from "@modelyard/router";
import { leastBusy } from "@modelyard/strategies";

export async function run() {
  const router = createRouter({
    providers: [openai(), anthropic()],
    strategy: leastBusy(),
    responseCache: memoryCache(),
    modelList: [
      { modelName: "gpt-4", model: "openai/gpt-4", apiKey: "key", apiBase: "https://broken.test/v1", order: 1 },
      { modelName: "gpt-4", model: "openai/gpt-4", apiKey: "key", apiBase: "https://sound.test/v1", order: 2 },
    ],
  });
  const ask = toFetchHandler(createGateway(router));
  const body = (stream) =>
    JSON.stringify({ model: "gpt-4", stream, messages: [{ role: "user", content: "Hello" }] });
  const url = "https://gateway.test/v1/chat/completions";
  const plain = await ask(url, { method: "POST", body: body(false) });
  const streamed = await ask(url, { method: "POST", body: body(true) });
  const result = { plain: await plain.json(), streamed: await streamed.text(), status: [plain.status, streamed.status] };
  await router.close();
  return result;
}
`;

/** Hides Node's globals from the bundle only, since Node's own web classes need them. */
const hidden = ["process", "Buffer", "global", "require", "setImmediate", "clearImmediate", "__dirname"];

/** Removes the globals that can be removed, observes the import, then runs the application with a fake \`fetch\`. */
const host = `
const say = process.stdout.write.bind(process.stdout);
for (const name of ["process", "global", "setImmediate", "clearImmediate"]) delete globalThis[name];
const done = [];
for (const name of ["fetch", "setTimeout", "setInterval", "queueMicrotask", "addEventListener"]) {
  const real = globalThis[name];
  if (real !== undefined) globalThis[name] = (...given) => { done.push(name); return real(...given); };
}
const { run } = await import("./application.mjs");
const atImport = [...done];
const choice = { index: 0, finish_reason: "stop" };
const answer = { id: "1", object: "chat.completion", created: 1, model: "gpt-4", choices: [{ ...choice, message: { role: "assistant", content: "Hi" } }] };
const chunk = { id: "1", object: "chat.completion.chunk", created: 1, model: "gpt-4", choices: [{ ...choice, delta: { content: "Hi" } }] };
const hosts = [];
globalThis.fetch = async (input, init) => {
  const url = new URL(input instanceof Request ? input.url : input);
  hosts.push(url.hostname);
  if (url.hostname === "broken.test") return new Response('{"error":{"message":"overloaded"}}', { status: 503 });
  return JSON.parse(init.body).stream === true
    ? new Response("data: " + JSON.stringify(chunk) + "\\n\\ndata: [DONE]\\n\\n", { headers: { "content-type": "text/event-stream" } })
    : new Response(JSON.stringify(answer), { headers: { "content-type": "application/json" } });
};
say(JSON.stringify({ atImport, result: await run(), hosts }));
`;

interface Seen {
  readonly atImport: readonly string[];
  readonly hosts: readonly string[];
  readonly result: {
    readonly plain: { readonly choices: readonly { readonly message: { readonly content: string } }[] };
    readonly streamed: string;
    readonly status: readonly number[];
  };
}

let folder: string;
let seen: Seen;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "modelyard-web-"));
  await build({
    stdin: { contents: application, resolveDir: fileURLToPath(new URL("../apps/proxy", import.meta.url)) },
    outfile: join(folder, "application.mjs"),
    bundle: true,
    format: "esm",
    platform: "browser",
    banner: { js: `const ${hidden.map((name) => `${name} = undefined`).join(", ")};` },
    conditions: ["@modelyard/source", "worker"],
    alias: Object.fromEntries(
      ["cache-memory", "gateway", "providers-anthropic", "providers-openai", "router", "strategies"].map((name) => [
        `@modelyard/${name}`,
        fileURLToPath(new URL(`../packages/${name}/src/index.ts`, import.meta.url)),
      ]),
    ),
  });
  writeFileSync(join(folder, "host.mjs"), host);
  const output = execFileSync(process.execPath, [join(folder, "host.mjs")], { encoding: "utf8", timeout: 30_000 });
  seen = JSON.parse(output) as Seen;
}, 60_000);

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe("without Node's modules and globals", () => {
  it("the packages do nothing when imported", () => {
    expect(seen.atImport).toEqual([]);
  });

  it("a router behind a gateway answers, plain and streamed, past a deployment that fails", () => {
    expect(seen.result.status).toEqual([200, 200]);
    expect(seen.result.plain.choices[0]?.message.content).toBe("Hi");
    expect(seen.result.streamed).toContain('"content":"Hi"');
    expect(seen.result.streamed).toContain("data: [DONE]");
    expect(new Set(seen.hosts)).toEqual(new Set(["broken.test", "sound.test"]));
  });
});
