import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { breaks } from "@modelyard/testing";
import { Cli } from "../support/run-cli.js";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Proxy, quiet, startProxy } from "./proxy.js";
import { connectRaw, post, type RawClient } from "./raw-client.js";

const path = "/v1/chat/completions";
const chat = (more: object = {}): string =>
  JSON.stringify({ model: "gpt", messages: [{ role: "user", content: "hi" }], ...more });
const get = (target: string): string => `GET ${target} HTTP/1.1\r\nhost: localhost\r\n\r\n`;

let proxy: Proxy;
beforeEach(async () => {
  proxy = await startProxy();
});
afterEach(() => proxy.close());

/** A client in the middle of a stream. */
async function reading(): Promise<RawClient> {
  const client = await connectRaw(proxy.port);
  client.write(post(path, chat({ stream: true })));
  await client.until(({ body }) => body.includes('"content":"Hello'));
  return client;
}

describe("draining", () => {
  it("ends at once when no request is in progress, whether there are idle connections or not", async () => {
    const idle = await connectRaw(proxy.port);
    idle.write(get("/health/liveliness"));
    await idle.until(({ statuses }) => statuses.length === 1);
    expect(await proxy.server.drain(60_000)).toBe(true);
    await idle.closed();
    await expect(connectRaw(proxy.port)).rejects.toThrow("ECONNREFUSED");
  });

  it("lets a stream finish, with readiness 503 but not liveness, and refuses new calls", async () => {
    proxy.upstream.once({}, { text: "Hello there", gapMs: 300 });
    const client = await reading();
    const draining = proxy.server.drain(60_000);
    const other = await connectRaw(proxy.port);
    other.write(get("/health/readiness"));
    await other.closed();
    expect(other.statuses).toEqual([503]);
    expect((await fetch(`${proxy.origin}/health/liveliness`)).status).toBe(200);
    const refused = await fetch(proxy.origin + path, { method: "POST", body: chat() });
    expect(refused.status).toBe(503);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(refused.headers.get("connection")).toBe("close");
    expect(await refused.json()).toMatchObject({ error: { type: "server_error", code: "shutting_down" } });
    await client.closed();
    expect(client.body).toContain("data: [DONE]");
    expect(await draining).toBe(true);
    expect(proxy.upstream.calls).toHaveLength(1);
  });

  it("ends streams with an error event and calls with a 503 after its time limit, and aborts their vendors' calls", async () => {
    proxy.upstream.script({ when: (call) => call.body["stream"] === true }, breaks("hang_mid_stream"));
    proxy.upstream.script({ when: (call) => call.body["stream"] !== true }, breaks("hang_before_headers"));
    const stream = await reading();
    const plain = await connectRaw(proxy.port);
    plain.write(post(path, chat()));
    await proxy.upstream.waitForCalls(2);
    expect(await proxy.server.drain(50)).toBe(false);
    await Promise.all([stream.closed(), plain.closed()]);
    expect(stream.statuses).toEqual([200]);
    expect(stream.body).not.toContain("[DONE]");
    expect(stream.body).toMatch(/data: \{"error":\{[^\n]*"code":"shutting_down"[^\n]*\}\n\n\r\n0\r\n\r\n$/u);
    expect(plain.statuses).toEqual([503]);
    expect(plain.body).toContain('"code":"shutting_down"');
    await proxy.upstream.idle();
    for (const call of proxy.upstream.calls) expect(call.closedByClientAt).toBeDefined();
    expect(quiet(proxy.router)).toBe(true);
    expect(proxy.router.state().groups[0]!.deployments[0]).toMatchObject({ health: "healthy", failures: 0 });
  });

  it("closes the connection of a client that does not read the end", async () => {
    proxy.upstream.script({}, { text: `Hello ${"x".repeat(1_000)} `.repeat(20_000) });
    const client = await reading();
    client.socket.pause();
    expect(await proxy.server.drain(100)).toBe(false);
    client.socket.resume();
    await client.closed();
    expect(client.body).not.toContain("[DONE]");
    expect(quiet(proxy.router)).toBe(true);
  });
});

describe("the modelyard command on SIGTERM", () => {
  it.each([
    ["one process", []],
    ["workers", ["--workers", "2"]],
  ] as const)("drains, ends streams with an error event, and exits cleanly: %s", async (_, more) => {
    const folder = mkdtempSync(join(tmpdir(), "modelyard-"));
    const cli = await Cli.build("drain");
    const file = join(folder, "config.yaml");
    const parameters = `{ model: openai/gpt-4, api_key: sk-canary, api_base: "${proxy.upstream.url("a")}/v1" }`;
    writeFileSync(file, `model_list:\n  - model_name: gpt\n    litellm_params: ${parameters}\n`);
    proxy.upstream.script({}, breaks("hang_mid_stream"));
    const running = cli.run(["serve", "--config", file, "--port", "0", "--drain-seconds", "1", ...more]);
    const [, url] = await running.waitForOutput(/listens on (http:\S+)/u);
    const response = await fetch(`${url!}${path}`, { method: "POST", body: chat({ stream: true }) });
    expect(response.status).toBe(200);
    running.child.kill("SIGTERM");
    const text = await response.text();
    expect(text).toContain('"content":"Hello');
    expect(text).toMatch(/data: \{"error":\{[^\n]*"code":"shutting_down"[^\n]*\}\n\n$/u);
    expect(text).not.toContain("[DONE]");
    expect(await running.exited).toBe(0);
    cli.stop();
    rmSync(folder, { recursive: true, force: true });
  });
});
