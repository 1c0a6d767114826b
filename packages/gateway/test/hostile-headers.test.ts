import { validateHeaderValue } from "node:http";
import { connect } from "node:net";
import type { Engine, Trail } from "@modelyard/core";
import type { Outcome } from "@modelyard/core/kit";
import { RouterError } from "@modelyard/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { errorAnswer } from "../src/answers.js";
import type { Gateway } from "../src/gateway.js";
import { trailHeaders } from "../src/headers.js";
import type { GatewayResponse } from "../src/http.js";
import { createGateway, openaiSurface, toFetchHandler } from "../src/index.js";
import { createNodeServer } from "../src/node.js";
import { listen } from "./support/listen.js";

const trail: Trail = {
  callId: "call",
  modelGroup: "gpt-4",
  deploymentId: "a",
  retries: 0,
  fallbacks: 0,
  attempts: [],
  droppedParams: [],
  cache: "hit",
  cacheKey: "key",
  costUsd: 0,
} as unknown as Trail;

/** Names that an engine, a cache or a configuration file may use. */
const names = ["ü", "→", "a\r\nx-injected: yes", "a\nb", "\u0000", "\u007F", "😀", "é".repeat(5_000), " a ", ""];

/** The answer of a gateway over a real connection. */
async function ask(gateway: Gateway): Promise<string> {
  const socket = connect(await listen(createNodeServer(gateway).server), "127.0.0.1");
  const body = JSON.stringify({ model: "gpt-4", messages: [] });
  const length = `content-length: ${String(body.length)}`;
  socket.write(
    `POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n${length}\r\n\r\n${body}`,
  );
  let text = "";
  socket.setEncoding("latin1");
  for await (const chunk of socket) text += String(chunk);
  return text;
}

function engineWith(outcome: Outcome): Engine {
  return {
    execute: async () => outcome,
    models: () => [],
    state: () => ({ groups: [] }),
    resolve: () => undefined,
  } as unknown as Engine;
}

describe("a name with characters that headers must not contain", () => {
  it.each(names)("is made safe, so that the answer arrives: %j", async (name) => {
    const named = { ...trail, callId: name, modelGroup: name, deploymentId: name, cacheKey: name } as Trail;
    const gateway = createGateway(
      engineWith({ kind: "answer", value: { choices: [] }, bytes: undefined, trail: named } as unknown as Outcome),
    );
    const text = await ask(gateway);
    expect(text).toContain("HTTP/1.1 200 OK");
    expect(text).toContain("x-litellm-model-id:");
    expect(text).not.toContain("\nx-injected");
    const response = await toFetchHandler(gateway)("http://x/v1/chat/completions", { method: "POST", body: "{}" });
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ choices: [] });
  });

  it("is made safe for every header, whatever it contains", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 300 }), fc.double(), (name, costUsd) => {
        const headers = trailHeaders({
          ...trail,
          callId: name,
          modelGroup: name,
          deploymentId: name,
          cacheKey: name,
          cache: name as Trail["cache"],
          droppedParams: [name],
          cappedParams: [name],
          costUsd,
        });
        for (const [header, value] of Object.entries(headers)) {
          expect(() => {
            validateHeaderValue(header, value);
          }).not.toThrow();
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe("an answer that cannot be sent", () => {
  const broken: readonly (readonly [string, GatewayResponse])[] = [
    ["a header with a line break", { status: 200, headers: { "x-a": "b\r\nc" }, body: "hi" }],
    ["a header beyond Latin-1", { status: 200, headers: { "x-a": "→" }, body: "hi" }],
    ["a header with a bad name", { status: 200, headers: { "x a": "b" }, body: "hi" }],
    ["a status that is none", { status: 42, headers: {}, body: "hi" }],
    [
      "a stream with such a header",
      {
        status: 200,
        headers: { "x-a": "b\r\nc" },
        body: (async function* () {
          yield "hi";
        })(),
      },
    ],
  ];

  it.each(broken)("is a 500 and is reported, over a connection: %s", async (_, answer) => {
    const reported: unknown[] = [];
    const gateway = createGateway(engineWith(undefined as never), { onError: (fault) => void reported.push(fault) });
    gateway.handle = async () => answer;
    const text = await ask(gateway);
    expect(text).toContain("HTTP/1.1 500 Internal Server Error");
    expect(text).toContain("could not be sent");
    expect(reported).toHaveLength(1);
  });

  it.each(broken)("is a 500 and is reported, from the fetch handler: %s", async (_, answer) => {
    const reported: unknown[] = [];
    const gateway = createGateway(engineWith(undefined as never), { onError: (fault) => void reported.push(fault) });
    gateway.handle = async () => answer;
    const response = await toFetchHandler(gateway)("http://x/v1/models");
    expect(response.status).toBe(500);
    expect(reported).toHaveLength(1);
  });

  it("is a 500 when the gateway itself fails", async () => {
    const reported: unknown[] = [];
    const gateway = createGateway(engineWith(undefined as never), { onError: (fault) => void reported.push(fault) });
    gateway.handle = () => Promise.reject(new TypeError("x is not a function"));
    expect(await ask(gateway)).toContain("HTTP/1.1 500");
    expect(reported).toHaveLength(1);
  });
});

describe("an error's answer", () => {
  it.each([42, 200, 999, 600, 400.5, Number.NaN])("is a 500 when its status is %d", (status) => {
    expect(errorAnswer(openaiSurface, new RouterError({ kind: "bad_request", status, message: "x" })).status).toBe(500);
  });
});
