import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { refuses, replies, startUpstream, type Upstream } from "@modelyard/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

/** An application of `examples`, while it runs. */
export interface Application {
  send(path: string, init?: RequestInit): Promise<Response>;
  close(): Promise<void> | void;
}

interface ApplicationOptions {
  /** Whether the application notices at once that a client has left. @defaultValue true */
  readonly noticesAtOnce?: boolean;
  /** Whether this machine has what the application runs on; if not, its tests are skipped. @defaultValue true */
  readonly available?: boolean;
}

/** The variables that an example reads. */
export type Environment = Readonly<Record<"MASTER_KEY" | "OPENAI_API_KEY" | "OPENAI_BASE_URL", string>>;

const text = "Paris is the capital of France.";
const question = { method: "POST", body: "What is the capital of France?" };

/** An application behind a `node:http` server. */
export async function onServer(server: Server): Promise<Application> {
  if (!server.listening) await once(server, "listening");
  return onPort((server.address() as AddressInfo).port, () => {
    server.close();
    server.closeAllConnections();
  });
}

/** An application on a port of this machine. */
export function onPort(port: number, close: Application["close"]): Application {
  return { send: (path, init) => fetch(`http://127.0.0.1:${String(port)}${path}`, init), close };
}

/**
 * Tests an application that answers `POST /answer` and `POST /answer/stream` by a router with the groups `fast` and `spare`,
 * its fallback, and has the gateway below `/llm`.
 */
export function describeApplication(
  name: string,
  start: (environment: Environment) => Promise<Application>,
  options: ApplicationOptions = {},
): void {
  describe.skipIf(options.available === false)(`the example for ${name}`, () => {
    let upstream: Upstream;
    let application: Application;
    beforeAll(async () => {
      upstream = await startUpstream();
      application = await start({
        OPENAI_API_KEY: "vendor-key",
        OPENAI_BASE_URL: `${upstream.url("openai")}/v1`,
        MASTER_KEY: "gateway-key",
      });
    });
    beforeEach(() => {
      upstream.reset();
      upstream.script({}, replies(text));
    });
    afterAll(async () => {
      await application.close();
      await upstream.close();
    });
    const place = (): Place => ({ upstream, application });
    testEndpoints(place, options);
    testGateway(place);
  });
}

interface Place {
  readonly upstream: Upstream;
  readonly application: Application;
}

/** Reads the beginning of an answer, leaves, and checks that the vendor stops. */
async function expectStopped({ upstream, application }: Place, path: string, init: RequestInit): Promise<void> {
  // Some platforms notice that a client has left only when they send it something.
  upstream.script({}, replies("word ".repeat(2_000), { gapMs: 50 }));
  const client = new AbortController();
  const response = await application.send(path, { ...init, signal: client.signal });
  expect(response.status).toBe(200);
  const reader = response.body?.getReader();
  await reader?.read();
  await reader?.cancel().catch(() => undefined);
  client.abort();
  const [call] = await upstream.waitForCalls(1);
  expect((await upstream.waitForClose(call!)).closedByClientAt).toBeDefined();
}

function testEndpoints(place: () => Place, { noticesAtOnce = true }: ApplicationOptions): void {
  it("answers, by the first group or by its fallback", async () => {
    const { upstream, application } = place();
    expect(await (await application.send("/answer", question)).json()).toMatchObject({ answer: text });
    upstream.script({ model: "gpt-5-mini" }, refuses("context_window"));
    expect(await (await application.send("/answer", question)).json()).toMatchObject({ answer: text });
    expect(upstream.calls.map(({ model }) => model)).toEqual(["gpt-5-mini", "gpt-5-mini", "gpt-4.1-mini"]);
  });

  it("streams an answer", async () => {
    const response = await place().application.send("/answer/stream", question);
    expect(response.headers.get("content-type")).toContain("text/plain");
    expect(await response.text()).toBe(text);
  });

  it.each(["/answer", "/answer/stream"])("answers a failure with its status: %s", async (path) => {
    const { upstream, application } = place();
    upstream.script({}, refuses("context_window"));
    const response = await application.send(path, question);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: expect.any(String) as string });
  });

  it("stops the vendor when a client leaves a stream", async () => {
    await expectStopped(place(), "/answer/stream", question);
  });

  it.runIf(noticesAtOnce)("stops the vendor when a client does not wait for the answer", async () => {
    const { upstream, application } = place();
    upstream.script({}, { delayMs: 60_000 });
    const client = new AbortController();
    const asked = application.send("/answer", { ...question, signal: client.signal }).catch(() => undefined);
    const [call] = await upstream.waitForCalls(1);
    client.abort();
    await asked;
    expect((await upstream.waitForClose(call!)).closedByClientAt).toBeDefined();
  });
}

function testGateway(place: () => Place): void {
  const chat = "/llm/v1/chat/completions";
  const headers = { authorization: "Bearer gateway-key", "content-type": "application/json" };
  const post = (stream: boolean): RequestInit => ({
    method: "POST",
    headers,
    body: JSON.stringify({ model: "fast", stream, messages: [{ role: "user", content: "Hello" }] }),
  });

  it("serves the gateway below its path", async () => {
    const { send } = place().application;
    expect(await (await send(chat, post(false))).json()).toMatchObject({ choices: [{ message: { content: text } }] });
    expect(await (await send(chat, post(true))).text()).toContain("data: [DONE]");
    const models = (await (await send("/llm/v1/models", { headers })).json()) as { data: { id: string }[] };
    expect(models.data.map(({ id }) => id)).toEqual(["fast", "spare"]);
  });

  it("requires the gateway's key, and answers unknown paths as clients of the gateway expect", async () => {
    const { send } = place().application;
    expect((await send("/llm/v1/models")).status).toBe(401);
    const unknown = await send("/llm/v1/unknown", { ...post(false) });
    expect([unknown.status, await unknown.json()]).toMatchObject([404, { error: { code: "unknown_route" } }]);
  });

  it("stops the vendor when a client of the gateway leaves a stream", async () => {
    await expectStopped(place(), chat, post(true));
  });
}
