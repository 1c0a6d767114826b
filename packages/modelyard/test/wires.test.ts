// Tests that files in LiteLLM's spelling decide over which API a deployment is asked.
import { startUpstream, type Upstream } from "@modelyard/testing";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { routerFromYaml, type YamlRouter } from "../src/index.js";

let upstream: Upstream;
beforeAll(async () => {
  upstream = await startUpstream();
});
afterEach(() => {
  upstream.reset();
});
afterAll(() => upstream.close());

interface Written {
  readonly model: string;
  /** More keys of `litellm_params` and of `model_info`, and more sections. */
  readonly params?: string;
  readonly info?: string;
  readonly sections?: string;
  /** What follows the address of the upstream. */
  readonly path?: string;
}

function load({ model, params = "", info = "", sections = "", path = "/v1" }: Written): Promise<YamlRouter> {
  const address = `${upstream.url("a")}${path}`;
  return routerFromYaml(
    `model_list:
  - model_name: fast
    litellm_params: { model: ${model}, api_key: k, api_base: "${address}"${params} }
    model_info: { ${info} }
${sections}`,
    { env: {} },
  );
}

/** The path that a call reached, and the name of the model that was sent. */
function sent(): readonly unknown[] {
  const [call] = upstream.calls;
  return [/\/(?:chat\/completions|responses)/u.exec(call?.path ?? "")?.[0], call?.body["model"]];
}

const messages = [{ role: "user", content: "hi" }] as const;
const routeAll = "litellm_settings: { route_all_chat_openai_to_responses: true }\n";
const messagesOverChat = "litellm_settings: { use_chat_completions_url_for_anthropic_messages: true }\n";

describe("a chat with a deployment from a file", () => {
  it.each<[string, Written, string]>([
    ["openai/responses/NAME", { model: "openai/responses/gpt-x" }, "/responses"],
    ["azure/responses/NAME", { model: "azure/responses/gpt-x" }, "/responses"],
    ["mode: responses", { model: "openai/gpt-x", info: "mode: responses" }, "/responses"],
    ["mode: chat", { model: "openai/gpt-x", info: "mode: chat" }, "/chat/completions"],
    ["wire: responses", { model: "openai/gpt-x", params: ", wire: responses" }, "/responses"],
    ["wire: chat", { model: "openai/responses/gpt-x", params: ", wire: chat" }, "/chat/completions"],
    ["supported_endpoints", { model: "groq/gpt-x", info: 'supported_endpoints: ["/v1/responses"]' }, "/responses"],
    [
      "several supported_endpoints",
      { model: "groq/gpt-x", info: 'supported_endpoints: ["/v1/chat/completions", "/v1/responses"]' },
      "/chat/completions",
    ],
    ["route_all_chat_openai_to_responses", { model: "openai/gpt-x", sections: routeAll }, "/responses"],
    ["the same at another provider", { model: "groq/gpt-x", sections: routeAll }, "/chat/completions"],
    ["an address of Responses", { model: "openai/gpt-x", path: "/v1/responses" }, "/responses"],
  ])("is made over the API that the file means: %s", async (_, written, path) => {
    const { router, warnings, close } = await load(written);
    expect(warnings).toEqual([]);
    const { choices } = await router.completion({ model: "fast", messages });
    expect(choices[0]?.message.content).toBe("Hello from upstream");
    expect(sent()).toEqual([path, "gpt-x"]);
    await close();
  });

  it.each(["o3-pro", "gpt-5.1-codex", "computer-use-preview"])(
    "with a model that only Responses serves is not skipped: %s",
    async (name) => {
      const { router, unserved, close } = await load({ model: `azure/${name}` });
      expect(unserved).toEqual([]);
      await router.completion({ model: "fast", messages });
      expect(sent()).toEqual(["/responses", name]);
      await close();
    },
  );
});

describe("a call of Messages with a deployment from a file", () => {
  it.each<[string, Written, string]>([
    ["at Azure", { model: "azure/gpt-x" }, "/responses"],
    ["at a custom address", { model: "openai/gpt-x" }, "/chat/completions"],
    ["with the setting", { model: "azure/gpt-x", sections: messagesOverChat }, "/chat/completions"],
  ])("is made over the API that suits it: %s", async (_, written, path) => {
    const { router, close } = await load(written);
    const answer = await router.messages({ model: "fast", max_tokens: 99, messages });
    expect(answer).toMatchObject({ type: "message", stop_reason: "end_turn" });
    expect(sent()).toEqual([path, "gpt-x"]);
    await close();
  });
});

describe("a translated request that says how much to think, but not what to show", () => {
  const auto = "litellm_settings: { reasoning_auto_summary: true }\n";
  const responsesOf = (): unknown => upstream.calls.at(-1)?.body["reasoning"];

  it("asks for a detailed summary with reasoning_auto_summary", async () => {
    const { router, warnings, close } = await load({ model: "openai/responses/gpt-5.2", sections: auto });
    expect(warnings).toEqual([]);
    await router.completion({ model: "fast", messages, reasoning_effort: "high" });
    expect(responsesOf()).toEqual({ effort: "high", summary: "detailed" });
    await router.completion({ model: "fast", messages, reasoning_effort: { effort: "low", summary: "auto" } });
    expect(responsesOf()).toEqual({ effort: "low", summary: "auto" });
    await router.completion({ model: "fast", messages, reasoning_effort: "none" });
    expect(responsesOf()).toEqual({ effort: "none" });
    const quiet = { thinking: { type: "adaptive", display: "omitted" }, output_config: { effort: "high" } } as const;
    await router.messages({ model: "fast", max_tokens: 99, messages, ...quiet });
    expect(responsesOf()).toEqual({ effort: "high" });
    await close();
  });

  it("asks for none without the setting, and stays as it is where it is not translated", async () => {
    const plain = await load({ model: "openai/responses/gpt-5.2" });
    await plain.router.completion({ model: "fast", messages, reasoning_effort: "high" });
    expect(responsesOf()).toEqual({ effort: "high" });
    await plain.close();
    const own = await load({ model: "openai/responses/gpt-5.2", sections: auto });
    await own.router.responses({ model: "fast", input: "hi", reasoning: { effort: "high" } });
    expect(responsesOf()).toEqual({ effort: "high" });
    await own.close();
  });

  it("is shown as a summary by Claude", async () => {
    const { router, close } = await load({ model: "anthropic/claude-opus-4-7", sections: auto, path: "" });
    await router.responses({ model: "fast", input: "hi", store: false, reasoning: { effort: "high" } });
    expect(upstream.calls[0]?.body["thinking"]).toMatchObject({ display: "summarized" });
    await close();
  });
});

it("a file with a wire that does not exist fails with its place", async () => {
  await expect(load({ model: "openai/gpt-x", params: ", wire: respones" })).rejects.toThrow(/wire/u);
});
