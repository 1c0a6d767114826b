import type { Engine, Surface } from "@modelyard/core";
import type { Outcome, StreamPart } from "@modelyard/core/kit";
import { answers, streams, turnsUntil, VirtualClock } from "@modelyard/testing";
import { describe, expect, it } from "vitest";
import { messagesSurface, recordingOf } from "./support/messages-surface.js";
import { adapterNames, post } from "./support/adapters.js";
import { build, message, recordings, serveTwo, upload } from "./support/two-surfaces.js";
import { createGateway, openaiSurface, toFetchHandler } from "../src/index.js";

const streamed = post({ ...message, stream: true });

const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

function typesIn(text: string): readonly string[] {
  return [...text.matchAll(/^event: (?<type>\w+)$/gmu)].map(({ groups }) => groups?.["type"] ?? "");
}

describe.each(adapterNames)("a stream of a surface besides OpenAI's, over %s", (name) => {
  it("has the events and the end mark of its own wire, and none of OpenAI's", async () => {
    const { send, provider } = await serveTwo(name);
    provider.script("a", streams(["one ", "two"]));
    const response = await send("/v1/messages", streamed);
    expect(response.headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
    expect(response.headers.get("cache-control")).toBe("no-cache");
    expect(response.headers.get("x-litellm-model-id")).toBe("a");
    const text = await response.text();
    expect(typesIn(text)).toEqual(["message_start", "content_block_delta", "content_block_delta", "message_stop"]);
    expect(text).not.toContain("[DONE]");
  });

  it("ends with an error event and without an end mark when the vendor breaks off", async () => {
    const { send, provider } = await serveTwo(name);
    provider.script("a", streams(["one ", "two"], { failAfter: 1 }));
    const text = await (await send("/v1/messages", streamed)).text();
    expect(typesIn(text)).toEqual(["message_start", "content_block_delta", "error"]);
    expect(text).not.toContain("[DONE]");
  });

  it("does not mix with other streams of the same surface", async () => {
    const { send, provider } = await serveTwo(name);
    provider.script("a", streams(["one ", "two"], { gapMs: 5 }));
    const ask = (): Promise<Response> =>
      send("/v1/messages", post({ ...message, stream: true }, { "x-litellm-call-id": "call-1" }));
    const both = await Promise.all([ask(), ask()]);
    const [first, second] = await Promise.all(both.map((response) => response.text()));
    expect(typesIn(first ?? "")[0]).toBe("message_start");
    expect(first).toContain('"id":"call-1"');
    expect(second).toBe(first);
  });
});

describe("pings", () => {
  const pinged = async (path: string, init: RequestInit): Promise<Uint8Array> => {
    const clock = new VirtualClock();
    const { gateway, provider } = build({ pingMs: 15_000, clock }, clock);
    provider.script("a", streams(["one ", "two"], { gapMs: 35_000 }));
    const response = await clock.until(toFetchHandler(gateway)(`http://localhost${path}`, init));
    return new Uint8Array(await clock.until(response.arrayBuffer()));
  };

  it("look as each surface writes them", async () => {
    const own = typesIn(textOf(await pinged("/v1/messages", streamed)));
    expect(own.slice(0, 4)).toEqual(["message_start", "content_block_delta", "ping", "ping"]);
    const openai = textOf(await pinged("/v1/chat/completions", streamed));
    expect(openai.match(/^: ping$/gmu)).toHaveLength(own.filter((type) => type === "ping").length);
  });

  it("are not sent if the wire has none", async () => {
    expect(await pinged(`${recordings}?stream=true`, upload("x"))).toEqual(recordingOf("one two"));
  });
});

describe("a drain over sockets", () => {
  it("ends streams with an error of their surface, or closes the connection if the wire has none", async () => {
    const { send, server, provider } = await serveTwo("node");
    provider.script("a", streams(["one ", "two"], { gapMs: 60_000 }));
    const events = await send("/v1/messages", streamed);
    const recording = await send(`${recordings}?stream=true`, upload("x"));
    const texts = [events.text(), recording.arrayBuffer().catch((error: unknown) => error)];
    expect(await server?.drain(50)).toBe(false);
    const [text, broken] = await Promise.all(texts);
    expect(typesIn(String(text))).toEqual(["message_start", "content_block_delta", "error"]);
    expect(String(text)).toContain("shutting down");
    expect(broken).toBeInstanceOf(Error);
    expect(provider.open).toBe(0);
  });
});

describe("a fault in a surface", () => {
  const fault = new TypeError("x is not a function");
  const broken = (): never => {
    throw fault;
  };

  const play = (change: Partial<Surface>) => {
    const reported: unknown[] = [];
    const surface: Surface = { ...messagesSurface, ...change };
    const built = build({
      surfaces: [openaiSurface, surface],
      onError: (thrown) => {
        reported.push(thrown);
      },
    });
    built.provider.script("a", answers("hello"));
    const handler = toFetchHandler(built.gateway);
    return { ...built, reported, send: (init: RequestInit) => handler("http://localhost/v1/messages", init) };
  };

  it.each([
    ["read", { read: broken }, post(message)],
    ["write", { write: broken }, post(message)],
    ["a status", { write: () => ({ status: 42, headers: {}, body: "" }) }, post(message)],
    ["a header", { write: () => ({ status: 200, headers: { "x-a": "b\r\nc" }, body: "" }) }, post(message)],
  ] as const)("in %s is reported, and the client gets a 500 in the surface's shape", async (_, change, init) => {
    const { send, reported } = play(change);
    const response = await send(init);
    expect([response.status, await response.json()]).toMatchObject([500, { type: "error" }]);
    expect(reported).toHaveLength(1);
  });

  it("in writeError is reported, and the client gets a plain 500", async () => {
    const { send, reported } = play({ writeError: broken });
    const response = await send(post({ model: "gpt-4" }));
    expect([response.status, await response.text()]).toEqual([500, "Internal gateway error."]);
    expect(reported).toEqual([fault]);
  });

  it("in events stops the vendor call", async () => {
    const { send, reported, provider } = play({ events: broken });
    provider.script("a", streams(["one ", "two"], { gapMs: 60_000 }));
    expect((await send(streamed)).status).toBe(500);
    expect(reported).toEqual([fault]);
    await turnsUntil(() => provider.open === 0);
    expect(provider.calls[0]?.cancelledAt).toBeDefined();
  });

  it("in the middle of a stream stops the vendor call and ends the stream with an error", async () => {
    const events: Surface["events"] = (trail, context) => {
      const writer = messagesSurface.events(trail, context as never);
      let count = 0;
      return {
        contentType: writer.contentType,
        part: (part) => {
          count += 1;
          return count > 2 ? broken() : writer.part(part);
        },
        end: () => "",
        error: (error) => writer.error(error),
      };
    };
    const { send, reported, provider } = play({ events });
    provider.script("a", streams(["one ", "two ", "three"], { hangAfter: 3 }));
    const text = await (await send(streamed)).text();
    expect(typesIn(text).at(-1)).toBe("error");
    expect(text).not.toContain(fault.message);
    expect(reported).toEqual([fault]);
    await turnsUntil(() => provider.open === 0);
    expect(provider.calls[0]?.cancelledAt).toBeDefined();
  });

  it("in the error of a stream closes the connection", async () => {
    const events: Surface["events"] = (trail, context) => {
      const writer = messagesSurface.events(trail, context as never);
      return { contentType: writer.contentType, part: (part) => writer.part(part), end: () => "", error: broken };
    };
    const { send, reported, provider } = play({ events });
    provider.script("a", streams(["one ", "two"], { failAfter: 1 }));
    await expect((await send(streamed)).text()).rejects.toThrow();
    expect(reported).toEqual([fault]);
  });

  it("in framing headers is corrected: they are dropped", async () => {
    const headers = { "content-type": "text/plain", "content-length": "99", "transfer-encoding": "chunked" };
    const { send } = play({ write: () => ({ status: 200, headers, body: "hello" }) });
    const response = await send(post(message));
    expect([await response.text(), response.headers.get("content-length")]).toEqual(["hello", null]);
  });
});

it("openaiSurface does not parse the chunks of a part that it sends as it came", async () => {
  const bytes = new TextEncoder().encode("data: {}\n\n");
  const part: StreamPart = {
    get chunks(): never {
      throw new Error("They would be parsed for nothing.");
    },
    bytes,
    content: true,
    finished: 1,
    done: true,
    usage: undefined,
  };
  const outcome = {
    kind: "stream",
    parts: (async function* () {
      yield part;
    })(),
    trail: { attempts: [], droppedParams: [], callId: "", modelGroup: "", cache: "off", retries: 0, fallbacks: 0 },
  };
  const engine = { execute: async () => outcome as unknown as Outcome, models: () => [], state: () => ({}) };
  const handler = toFetchHandler(createGateway(engine as unknown as Engine));
  const text = await (await handler("http://localhost/v1/chat/completions", streamed)).text();
  expect(text).toBe("data: {}\n\ndata: [DONE]\n\n");
});
