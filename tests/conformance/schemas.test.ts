// Answers, events and errors of the proxy, validated against the specifications of the wires.
import type { JsonObject } from "@modelyard/core";
import { breaks, refuses } from "@modelyard/testing";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { cellTitle, type WireName, wireNames } from "./support/cells.js";
import { findLlmComply } from "./support/llm-comply.js";
import { type Family, modelName, type Proxy, startProxy } from "./support/proxy.js";
import { expected, type RequestKind, requests } from "./support/requests.js";
import { readSchemas, specificationsOf, type WireSchemas } from "./support/schemas.js";

const suite = "published schemas";
const kinds: readonly RequestKind[] = ["text", "tools", "thoughts", "JSON"];

const surfaces: Readonly<Record<WireName, { readonly path: string; readonly family: Family }>> = {
  chat: { path: "/v1/chat/completions", family: "gpt-5.4" },
  responses: { path: "/v1/responses", family: "gpt-5.4" },
  messages: { path: "/v1/messages", family: "claude-sonnet-4-5" },
};

let proxy: Proxy;
beforeAll(async () => {
  proxy = await startProxy();
});
afterEach(() => {
  proxy.reset();
});
afterAll(() => proxy.close());

interface Answered {
  readonly status: number;
  readonly text: string;
}

async function ask(wire: WireName, body: JsonObject): Promise<Answered> {
  const headers = { "content-type": "application/json", authorization: `Bearer ${proxy.key}` };
  const response = await fetch(`${proxy.origin}${surfaces[wire].path}`, {
    method: "POST",
    headers: wire === "messages" ? { ...headers, "anthropic-version": "2023-06-01" } : headers,
    body: JSON.stringify(body),
  });
  return { status: response.status, text: await response.text() };
}

function bodyOf({ text }: Answered): JsonObject {
  return JSON.parse(text) as JsonObject;
}

/** The events of a stream, without pings, which no specification has. */
function eventsIn({ text }: Answered): readonly JsonObject[] {
  return text
    .split("\n")
    .filter((line) => line.startsWith("data: {"))
    .map((line) => JSON.parse(line.slice("data: ".length)) as JsonObject)
    .filter(({ type }) => type !== "ping");
}

const command = findLlmComply();
if (command === undefined)
  process.stderr.write("Skipped the published schemas: they come with llm-comply, which is not installed.\n");

const read = new Map<WireName, WireSchemas>();

function schemasOf(wire: WireName): WireSchemas {
  const known = read.get(wire) ?? readSchemas(specificationsOf(command ?? ""), wire);
  read.set(wire, known);
  return known;
}

const cells = wireNames.flatMap((caller) => wireNames.map((vendor) => ({ suite, caller, vendor })));

describe.skipIf(command === undefined).each(
  cells.map((cell) => {
    const model = modelName(surfaces[cell.caller].family, cell.vendor);
    return [cellTitle(cell), cell.caller, model] as const;
  }),
)("%s", (_, wire, model) => {
  it.each(kinds)("an answer with %s is valid", async (kind) => {
    const answered = await ask(wire, { ...requests[wire][kind], model });
    expect(answered).toEqual({ status: 200, text: expect.stringContaining(expected[kind]) as string });
    expect(schemasOf(wire).answer(bodyOf(answered))).toEqual([]);
  });

  it.each(kinds)("all events of a stream with %s are valid", async (kind) => {
    const answered = await ask(wire, { ...requests[wire][kind], model, stream: true });
    expect(answered).toMatchObject({ status: 200 });
    const events = eventsIn(answered);
    expect(events.length).toBeGreaterThanOrEqual(3);
    for (const event of events) expect([event, schemasOf(wire).event(event)]).toEqual([event, []]);
  });

  it.each(["rate_limit_tokens", "context_window", "server_error", "overloaded"] as const)(
    "the error for a failure is valid: %s",
    async (failure) => {
      proxy.upstream.script({}, refuses(failure));
      const answered = await ask(wire, { ...requests[wire].text, model });
      expect(answered.status).toBeGreaterThanOrEqual(400);
      expect(schemasOf(wire).error(bodyOf(answered))).toEqual([]);
      expect(proxy.upstream.calls).toHaveLength(1);
    },
  );

  it("the error for a request without a model is valid", async () => {
    const answered = await ask(wire, requests[wire].text);
    expect(answered.status).toBe(400);
    expect(schemasOf(wire).error(bodyOf(answered))).toEqual([]);
  });

  it("the error for a model that does not exist is valid", async () => {
    const answered = await ask(wire, { ...requests[wire].text, model: "unknown" });
    expect(answered.status).toBe(404);
    expect(schemasOf(wire).error(bodyOf(answered))).toEqual([]);
  });

  it("the error in a stream is valid", async () => {
    proxy.upstream.script({}, breaks("error_event_after_content", { text: "It is sunny", faultAfter: 2 }));
    const events = eventsIn(await ask(wire, { ...requests[wire].text, model, stream: true }));
    const failed = events.filter(({ error, type }) => error !== undefined || type === "response.failed");
    expect(failed.length).toBe(wire === "responses" ? 2 : 1);
    const check = wire === "responses" ? schemasOf(wire).event : schemasOf(wire).error;
    for (const event of failed) expect([event, check(event)]).toEqual([event, []]);
  });
});
