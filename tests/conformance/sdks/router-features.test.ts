// The official SDKs, and what the router does for their calls, in front of vendors of each wire.
import Anthropic from "@anthropic-ai/sdk";
import { createGateway, toFetchHandler } from "@modelyard/gateway";
import { replies, silent, startUpstream, type Upstream } from "@modelyard/testing";
import { routerFromYaml, type YamlRouter } from "modelyard";
import OpenAI from "openai";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type WireName, wireNames } from "../support/cells.js";

let upstream: Upstream;
let yaml: YamlRouter;
let openai: OpenAI;
let anthropic: Anthropic;
/** What the proxy reported last as dropped. */
let dropped = "";

const models: Readonly<Record<WireName, string>> = {
  chat: "custom_openai/gpt",
  responses: "openai/responses/gpt-5.4",
  messages: "anthropic/claude-sonnet-4-5",
};

beforeAll(async () => {
  upstream = await startUpstream();
  const line = (group: string, wire: WireName, host: string, more = ""): string => {
    const path = wire === "messages" ? "" : "/v1";
    return `  - { model_name: ${group}, litellm_params: { model: ${models[wire]}, api_key: k, api_base: "${upstream.url(host)}${path}"${more} } }`;
  };
  const written = [
    "model_list:",
    ...wireNames.flatMap((wire) => [
      line(wire, wire, "first"),
      line(`${wire}-late`, wire, "late", ", timeout: 0.05, stream_timeout: 0.05"),
      line(`${wire}-spare`, wire, "spare"),
      line(`${wire}-tagged`, wire, "free", ", tags: [free]"),
      line(`${wire}-tagged`, wire, "paid", ", tags: [paid]"),
    ]),
    "router_settings:",
    "  num_retries: 0",
    "  disable_cooldowns: true",
    "  enable_tag_filtering: true",
    `  fallbacks: [${wireNames.map((wire) => `{ ${wire}-late: [${wire}-spare] }`).join(", ")}]`,
    "litellm_settings: { cache: true, cache_params: { type: local, mode: default_off } }",
  ];
  yaml = await routerFromYaml(written.join("\n"), { env: {} });
  const handler = toFetchHandler(createGateway(yaml.router));
  const fetch = async (url: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const response = await handler(new Request(url, init));
    dropped = response.headers.get("x-modelyard-dropped") ?? "";
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

/** Asks a question, which is another one for each test, so that no answer is cached before. @returns the text */
type Ask = (model: string, question: string, fields?: object) => Promise<string>;

const askers: Readonly<Record<WireName, { readonly plain: Ask; readonly streamed: Ask }>> = {
  chat: {
    plain: async (model, content, fields) => {
      const { choices } = await openai.chat.completions.create({
        model,
        messages: [{ role: "user", content }],
        ...fields,
      });
      return choices[0]?.message.content ?? "";
    },
    streamed: async (model, content, fields) => {
      const stream = openai.chat.completions.stream({ model, messages: [{ role: "user", content }], ...fields });
      return (await stream.finalChatCompletion()).choices[0]?.message.content ?? "";
    },
  },
  responses: {
    plain: async (model, input, fields) =>
      (await openai.responses.create({ model, input, ...fields, stream: false })).output_text,
    streamed: async (model, input, fields) =>
      (await openai.responses.stream({ model, input, ...fields }).finalResponse()).output_text,
  },
  messages: {
    plain: async (model, content, fields) =>
      textOf(
        await anthropic.messages.create({
          model,
          max_tokens: 100,
          messages: [{ role: "user", content }],
          ...fields,
          stream: false,
        }),
      ),
    streamed: async (model, content, fields) =>
      textOf(
        await anthropic.messages
          .stream({ model, max_tokens: 100, messages: [{ role: "user", content }], ...fields })
          .finalMessage(),
      ),
  },
};

function textOf({ content }: Anthropic.Message): string {
  return content.map((block) => (block.type === "text" ? block.text : "")).join("");
}

/** A field that only some vendors take, by the caller's wire, with a vendor of a wire that has no such field. */
const foreign: Readonly<Record<WireName, readonly [vendor: WireName, field: string, value: unknown]>> = {
  chat: ["messages", "frequency_penalty", 1],
  responses: ["messages", "top_logprobs", 3],
  messages: ["responses", "top_k", 3],
};

const hosts = (): readonly string[] => upstream.calls.map(({ host }) => host);
const cells = wireNames.flatMap((caller) =>
  wireNames.flatMap((vendor) => (["plain", "streamed"] as const).map((way) => [way, caller, vendor] as const)),
);

describe.each(cells)("a %s call of %s, in front of a vendor of %s", (way, caller, vendor) => {
  const ask = askers[caller][way];
  const question = (what: string): string => `${what} (${way}, ${caller}, ${vendor})`;

  it("is answered from the cache, but not with the answer to a call of another API", async () => {
    upstream.script({}, replies("From the vendor."));
    const cached = { cache: { "use-cache": true } };
    const asked = question("Is it cached?");
    for (let times = 0; times < 2; times += 1) expect(await ask(vendor, asked, cached)).toBe("From the vendor.");
    expect(upstream.calls).toHaveLength(1);
    for (const other of wireNames.filter((wire) => wire !== caller)) await askers[other][way](vendor, asked, cached);
    expect(upstream.calls).toHaveLength(3);
  });

  it("is answered with a mock, without a call of the vendor", async () => {
    expect(await ask(vendor, question("Mock?"), { mock_response: "Only a mock." })).toBe("Only a mock.");
    expect(upstream.calls).toEqual([]);
  });

  it("goes to the deployment with its tags", async () => {
    for (const tag of ["free", "paid", "free"]) await ask(`${vendor}-tagged`, question("Tags?"), { tags: [tag] });
    expect(hosts()).toEqual(["free", "paid", "free"]);
  });

  it("falls back after the time limit of a silent deployment", async () => {
    upstream.script({ host: "late" }, silent("before_first_token"));
    upstream.script({ host: "spare" }, replies("From the spare."));
    expect(await ask(`${vendor}-late`, question("Late?"))).toBe("From the spare.");
    expect(hosts().at(-1)).toBe("spare");
  });
});

describe.each(wireNames)("a call of %s with a field that the vendor does not have", (caller) => {
  const [vendor, field, value] = foreign[caller];

  it.each(["plain", "streamed"] as const)("is refused unless drop_params allows it (%s)", async (way) => {
    const ask = askers[caller][way];
    const failed: unknown = await ask(vendor, "Fields?", { [field]: value }).catch((thrown: unknown) => thrown);
    expect(failed).toMatchObject({ status: 400 });
    expect(String(failed)).toContain(field);
    expect(upstream.calls).toEqual([]);
    for (const allowed of [true, [field]]) {
      await ask(vendor, "Fields?", { [field]: value, drop_params: allowed });
      expect(dropped).toContain(field);
      expect(upstream.calls.at(-1)?.body).not.toHaveProperty(field);
    }
  });
});
