// The official SDKs in front of a vendor whose stream breaks, and of another one that continues it.
import Anthropic from "@anthropic-ai/sdk";
import type { JsonObject } from "@modelyard/core";
import { createGateway, toFetchHandler } from "@modelyard/gateway";
import { type Behavior, breaks, replies, startUpstream, type Upstream } from "@modelyard/testing";
import { routerFromYaml, type YamlRouter } from "modelyard";
import OpenAI from "openai";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type WireName, wireNames } from "../support/cells.js";

let upstream: Upstream;
let yaml: YamlRouter;
let openai: OpenAI;
let anthropic: Anthropic;
/** What the proxy sent last, as text. */
let received: () => Promise<string>;

const models: Readonly<Record<WireName, string>> = {
  chat: "custom_openai/gpt",
  responses: "openai/responses/gpt-5.4",
  messages: "anthropic/claude-sonnet-4-5",
};
const pairs = wireNames.flatMap((first) => wireNames.map((second) => [first, second] as const));

beforeAll(async () => {
  upstream = await startUpstream();
  const line = (group: string, wire: WireName, host: string): string => {
    const path = wire === "messages" ? "" : "/v1";
    return `  - { model_name: ${group}, litellm_params: { model: ${models[wire]}, api_key: k, api_base: "${upstream.url(host)}${path}" } }`;
  };
  const written = [
    "model_list:",
    ...pairs.map(([first, second]) => line(`${first}-${second}`, first, "broken")),
    ...wireNames.map((wire) => line(`rest-${wire}`, wire, "rest")),
    ...wireNames.flatMap((wire) => [line(`again-${wire}`, wire, "broken"), line(`third-${wire}`, wire, "third")]),
    line("rest-new", "messages", "rest").replace("claude-sonnet-4-5", "claude-opus-5"),
    line("claude-new", "messages", "broken"),
    "router_settings:",
    "  num_retries: 0",
    "  disable_cooldowns: true",
    "  mid_stream_fallback: { continue: true, instruct: true }",
    `  fallbacks: [{ claude-new: [rest-new] }, ${pairs.map(([first, second]) => `{ ${first}-${second}: [rest-${second}] }`).join(", ")}, ${wireNames.map((wire) => `{ again-${wire}: [rest-${wire}, third-${wire}] }`).join(", ")}]`,
  ];
  yaml = await routerFromYaml(written.join("\n"), { env: {} });
  const handler = toFetchHandler(createGateway(yaml.router));
  const fetch = async (url: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const response = await handler(new Request(url, init));
    const copy = response.clone();
    received = () => copy.text();
    return response;
  };
  openai = new OpenAI({ apiKey: "any", baseURL: "http://proxy/v1", fetch, maxRetries: 0 });
  anthropic = new Anthropic({ apiKey: "any", baseURL: "http://proxy", fetch, maxRetries: 0 });
});
afterEach(() => {
  upstream.reset();
});
afterAll(async () => {
  await yaml.close();
  await upstream.close();
});

/** What a client has of an answer, and the events of it. */
interface Read {
  readonly text: string;
  readonly inputTokens: number | undefined;
  readonly outputTokens: number | undefined;
  readonly events: readonly JsonObject[];
}

const asked = "Tell me a story.";

type Reader = (model: string, fields?: object) => Promise<Read>;
const readers: Readonly<Record<WireName, Reader>> = {
  chat: async (model, fields) => {
    const events: JsonObject[] = [];
    const stream = openai.chat.completions.stream({
      model,
      messages: [{ role: "user", content: asked }],
      stream_options: { include_usage: true },
      ...fields,
    });
    for await (const event of stream) events.push(event as unknown as JsonObject);
    const { choices, usage } = await stream.finalChatCompletion();
    const text = choices[0]?.message.content ?? "";
    return { text, inputTokens: usage?.prompt_tokens, outputTokens: usage?.completion_tokens, events };
  },
  responses: async (model, fields) => {
    const events: JsonObject[] = [];
    const stream = openai.responses.stream({ model, input: asked, ...fields });
    for await (const event of stream) events.push(event as unknown as JsonObject);
    const { output_text: text, usage } = await stream.finalResponse();
    return { text, inputTokens: usage?.input_tokens, outputTokens: usage?.output_tokens, events };
  },
  messages: async (model, fields) => {
    const events: JsonObject[] = [];
    const stream = anthropic.messages.stream({
      model,
      max_tokens: 100,
      messages: [{ role: "user", content: asked }],
      ...fields,
    });
    for await (const event of stream) events.push(event as unknown as JsonObject);
    const { content, usage } = await stream.finalMessage();
    const text = content.map((block) => (block.type === "text" ? block.text : "")).join("");
    return { text, inputTokens: usage.input_tokens, outputTokens: usage.output_tokens, events };
  },
};

/** What is wrong with the order of events, besides what the SDKs check. */
const oddities: Readonly<Record<WireName, (events: readonly JsonObject[]) => readonly string[]>> = {
  chat: (events) => (new Set(events.map(({ id }) => id)).size === 1 ? [] : ["several ids"]),
  responses: (events) => {
    const wrong = events.flatMap(({ sequence_number: number, type }, index) =>
      number === index ? [] : [`${String(type)} has the number ${String(number)}`],
    );
    const { response } = events.at(-1) as {
      readonly response?: { readonly id: string; readonly output: readonly JsonObject[] };
    };
    const { response: created } = events[0] as { readonly response?: { readonly id: string } };
    const items = events.filter(({ type }) => type === "response.output_item.done").map(({ item }) => item);
    if (response?.id !== created?.id) wrong.push("several ids");
    if (JSON.stringify(response?.output) !== JSON.stringify(items)) wrong.push("an output of other items");
    for (const name of ["response.created", "response.completed"])
      if (events.filter(({ type }) => type === name).length !== 1) wrong.push(`not one ${name}`);
    return [...wrong, ...unbalanced(events, "response.output_item.added", "response.output_item.done", "output_index")];
  },
  messages: (events) => {
    const count = (name: string): number => events.filter(({ type }) => type === name).length;
    const once = ["message_start", "message_delta", "message_stop"].filter((name) => count(name) !== 1);
    return [...once, ...unbalanced(events, "content_block_start", "content_block_stop", "index")];
  },
};

/** Places that do not follow each other, or that are not closed in order. */
function unbalanced(events: readonly JsonObject[], start: string, end: string, index: string): readonly string[] {
  const places = events
    .filter(({ type }) => type === start || type === end)
    .map((event) => [event["type"], event[index]]);
  const due = places.map((_, at) => [at % 2 === 0 ? start : end, Math.floor(at / 2)]);
  return JSON.stringify(places) === JSON.stringify(due) ? [] : [JSON.stringify(places)];
}

const usage = (prompt: number, completion: number) => ({
  usage: { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion },
});

function script(first: Behavior, second: Behavior): void {
  upstream.script({ host: "broken" }, first);
  upstream.script({ host: "rest" }, { answerNumber: 2, ...second });
}

const failureOf = (reading: Promise<unknown>): Promise<unknown> =>
  reading.then(
    () => "It succeeded.",
    (thrown: unknown) => thrown,
  );

describe.each(wireNames)("a broken stream of %s", (caller) => {
  const read = readers[caller];

  it.each(pairs)("is continued: from a vendor of %s, by one of %s", async (first, second) => {
    script(
      breaks("truncated_stream", { text: "Once upon a time there was", faultAfter: 4, ...usage(20, 10) }),
      replies("time there was a king.", usage(30, 5)),
    );
    const answer = await read(`${first}-${second}`);
    expect(answer.text).toBe("Once upon a time there was a king.");
    expect(oddities[caller](answer.events)).toEqual([]);
    expect(upstream.calls.map(({ host }) => host)).toEqual(["broken", "rest"]);
    const sent = JSON.stringify(upstream.calls[1]?.body);
    expect(sent).toContain(second === "messages" ? '"Once upon a time"' : "Once upon a time ");
    const way = second === "messages" ? "prefix" : "instruct";
    expect(sent.includes("exactly where it ends")).toBe(way === "instruct");
    expect(await received()).toContain(`\n\n: x-modelyard-continued: ${way} `);
    // Those of the prompt are counted twice, since they were sent twice. The first ones are estimated where the vendor
    // reports them at the end of its stream.
    const { inputTokens = 0, outputTokens = 0 } = answer;
    expect([inputTokens > 30, outputTokens > 5 && outputTokens < 20]).toEqual([true, true]);
  });

  it.each([
    ["chat", 3],
    ["responses", 8],
    ["messages", 6],
  ] as const)(
    "is continued after the thoughts of a vendor of %s, without those of the next one",
    async (vendor, faultAfter) => {
      script(
        breaks("truncated_stream", { text: "One two three", reasoning: "Count.", faultAfter }),
        replies("three four.", { reasoning: "Go on." }),
      );
      const answer = await read(`${vendor}-${vendor}`);
      expect(answer.text).toBe("One two three four.");
      expect(oddities[caller](answer.events)).toEqual([]);
      expect(JSON.stringify(answer.events)).not.toContain("Go on.");
    },
  );

  it.each(wireNames)("is continued again if the next stream of %s breaks, too", async (vendor) => {
    const brokenAfter = (text: string): Behavior => breaks("truncated_stream", { text, faultAfter: 2 });
    script(brokenAfter("One two three"), brokenAfter("two three four"));
    upstream.script({ host: "third" }, replies("three four five.", usage(7, 3)));
    const answer = await read(`again-${vendor}`);
    expect(answer.text).toBe("One two three four five.");
    expect(oddities[caller](answer.events)).toEqual([]);
    expect(upstream.calls.map(({ host }) => host)).toEqual(["broken", "rest", "third"]);
  });

  it.each(wireNames)("ends with the error if it was cut within thoughts of a vendor of %s", async (vendor) => {
    script(breaks("truncated_stream", { text: "One", reasoning: "Count to ten now.", faultAfter: 2 }), replies("two"));
    expect(await failureOf(read(`${vendor}-${vendor}`))).toBeInstanceOf(Error);
    expect(upstream.calls).toHaveLength(1);
  });

  it.each(["error_event_after_content", "reset_mid_stream", "malformed_event", "malformed_event_amid"] as const)(
    "is continued after the fault %s, whichever API the vendor has",
    async (fault) => {
      for (const vendor of wireNames) {
        script(breaks(fault, { text: "One two three", faultAfter: 2 }), replies("two three four."));
        const answer = await read(`${vendor}-${vendor}`);
        expect(answer.text).toMatch(/^One two three (?:three )?four\.$/u);
        expect(oddities[caller](answer.events)).toEqual([]);
        upstream.reset();
      }
    },
  );

  it("ends with the error if the answer may call tools or must be JSON", async () => {
    const parameters = { type: "object", properties: {} };
    const format = {
      type: "json_schema",
      name: "a",
      schema: parameters,
      json_schema: { name: "a", schema: parameters },
    };
    const fields: Readonly<Record<WireName, readonly object[]>> = {
      chat: [{ tools: [{ type: "function", function: { name: "f", parameters } }] }, { response_format: format }],
      responses: [{ tools: [{ type: "function", name: "f", parameters, strict: false }] }, { text: { format } }],
      messages: [{ tools: [{ name: "f", input_schema: parameters }] }, { output_config: { format } }],
    };
    for (const more of fields[caller]) {
      script(breaks("truncated_stream", { text: "One two three", faultAfter: 2 }), replies("three"));
      expect(await failureOf(read(`${caller}-${caller}`, more))).toBeInstanceOf(Error);
    }
    expect(upstream.calls).toHaveLength(2);
  });

  it("is continued in words by a Claude that refuses the beginning of an answer", async () => {
    script(breaks("truncated_stream", { text: "One two three", faultAfter: 2 }), replies("two three"));
    expect((await read("claude-new")).text).toBe("One two three");
    const roles = [{ role: "user" }, { role: "assistant" }, { role: "user" }];
    expect(upstream.calls[1]?.body).toMatchObject({ messages: roles });
  });
});
