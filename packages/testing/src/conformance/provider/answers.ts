import { isJsonObject, operationNames, operations } from "@modelyard/core/kit";
import { describe, expect, it } from "vitest";
import { breaks, callsTools, replies } from "../../upstream/behavior.js";
import { hugeText } from "../../upstream/sizes.js";
import { failure } from "../../helpers/index.js";
import { canary, type ProviderKit, requests, textOfAnswer } from "./kit.js";

const toolCalls = [
  { id: "c1", name: "weather", arguments: '{"city":"Zürich"}' },
  { id: "c2", name: "time", arguments: "{}" },
];

/** Plain calls that succeed, and the facts that come with their answers. */
export function describeAnswers(kit: ProviderKit): void {
  describe("answers", () => {
    it.each(kit.operations)("have the operation's format and take one call: %s", async (operation) => {
      const { value } = await kit.answer({ operation });
      const { fault, reads, apart = false } = operations[operation];
      expect(fault(value)).toBeUndefined();
      // What vendors do not charge for has no usage.
      const usage: unknown = reads.usage(value);
      expect(isJsonObject(usage) ? usage["prompt_tokens"] : undefined).toBe(apart ? undefined : 9);
      expect(kit.upstream.calls.map((call) => [call.host, call.model])).toEqual([["host", "vendor-model"]]);
    });

    it.each(kit.operations)("do not change the request: %s", async (operation) => {
      const before = structuredClone(requests[operation]);
      await kit.answer({ operation });
      expect(requests[operation]).toEqual(before);
    });

    it("contain the vendor's text, finish reason and usage", async () => {
      const { value } = await kit.answer();
      expect(value).toMatchObject({
        object: "chat.completion",
        choices: [{ index: 0, message: { role: "assistant", content: "Hello from upstream" }, finish_reason: "stop" }],
        usage: { prompt_tokens: 9, completion_tokens: 12, total_tokens: 21 },
      });
    });

    it.each(kit.finishReasons)("use OpenAI's finish reason %s", async (finishReason) => {
      kit.upstream.script({}, replies("so far", { finishReason }));
      expect((await kit.answer()).value).toMatchObject({ choices: [{ finish_reason: finishReason }] });
    });

    it.each(kit.needs("tools"))("contain calls of %s", async () => {
      kit.upstream.script({}, callsTools(toolCalls));
      const tools = [{ type: "function", function: { name: "weather", parameters: { type: "object" } } }];
      const { value } = await kit.answer({ fields: { tools } });
      const message = value as unknown as {
        choices: [{ message: { tool_calls: { id: string; function: { name: string; arguments: string } }[] } }];
      };
      const called = message.choices[0].message.tool_calls.map(({ id, function: { name, arguments: text } }) => [
        id,
        name,
        JSON.parse(text) as unknown,
      ]);
      expect(called).toEqual([
        ["c1", "weather", { city: "Zürich" }],
        ["c2", "time", {}],
      ]);
      expect(value).toMatchObject({ choices: [{ finish_reason: "tool_calls" }] });
    });

    it.each(kit.needs("cachedTokens"))("report the prompt's %s", async () => {
      const usage = {
        prompt_tokens: 100,
        completion_tokens: 5,
        total_tokens: 105,
        prompt_tokens_details: { cached_tokens: 60 },
      };
      kit.upstream.script({}, replies("x", { usage }));
      expect((await kit.answer()).value.usage).toMatchObject(usage);
    });

    it("have bytes, if any, that can be sent on as they are", async () => {
      const { bytes, value } = await kit.answer();
      const text = typeof bytes === "string" ? bytes : new TextDecoder().decode(bytes);
      expect(bytes === undefined ? value : JSON.parse(text)).toEqual(value);
    });

    it.each(kit.forDialects(["text/event-stream", "text/plain", "text/html"]))(
      "are read by their content, also with content type %s",
      async (type) => {
        kit.upstream.script({}, replies("Hello", { headers: { "content-type": type } }));
        expect(textOfAnswer(await kit.answer())).toBe("Hello");
      },
    );

    it.each(kit.forDialects(["x-request-id", "request-id"]))(
      "have a call id that is short and printable, whatever the vendor sends: %s",
      async (name) => {
        const id = `a\u00FFb${"c".repeat(5_000)}`;
        kit.upstream.script({}, replies("Hello", { headers: { "x-request-id": id, "request-id": id, [name]: id } }));
        expect((await kit.answer()).requestId).toMatch(/^[\u0020-\u007E]{1,200}$/u);
      },
    );

    it.each(kit.needs("requestIdHeader"))("have the vendor's call id: %s", async () => {
      const { requestId } = await kit.answer();
      expect(requestId).toBe(kit.upstream.calls[0]?.requestId);
      const streamed = await kit.begin(kit.make({ stream: true }));
      expect(streamed.requestId).toBe(kit.upstream.calls[1]?.requestId);
      for await (const part of streamed.parts) expect(part).toBeDefined();
    });

    it.each(kit.needs("rateLimitHeaders"))("report the vendor's limits: %s", async () => {
      const requestQuota = { limit: 60, remaining: 59, resetMs: 1_000 };
      const tokens = { limit: 90_000, remaining: 0, resetMs: 120_000 };
      const headers = kit.rateLimitHeaders({ requests: requestQuota, tokens });
      kit.upstream.script({}, replies("x", { headers }));
      const expected = { requests: requestQuota, tokens };
      expect((await kit.answer()).rateLimit).toEqual(expected);
      const streamed = await kit.begin(kit.make({ stream: true }));
      expect(streamed.rateLimit).toEqual(expected);
      for await (const part of streamed.parts) expect(part).toBeDefined();
    });

    it("report no limits if the vendor reports none", async () => {
      expect((await kit.answer()).rateLimit).toBeUndefined();
    });

    it.each(["trickle", "huge_chunk"] as const)("arrive complete despite %s", async (fault) => {
      kit.upstream.script({}, breaks(fault));
      const expectedText = fault === "huge_chunk" ? hugeText : "Hello from upstream";
      expect(textOfAnswer(await kit.answer()) === expectedText).toBe(true);
    });

    it("belong to their calls when several run at once", async () => {
      const names = Array.from({ length: 20 }, (_, index) => `model-${String(index)}`);
      for (const model of names) kit.upstream.script({ model }, replies(`I am ${model}`));
      const answers = await Promise.all(names.map((model) => kit.answer({ model })));
      expect(answers.map((answer) => textOfAnswer(answer))).toEqual(names.map((model) => `I am ${model}`));
    });

    it("come from the deployment's address, with its key", async () => {
      await kit.answer({ host: "one", apiKey: `${canary}-one` });
      await kit.answer({ host: "two", apiKey: `${canary}-two` });
      const sent = kit.upstream.calls.map(
        ({ host, headers, path, body }) => [host, JSON.stringify([headers, path, body])] as const,
      );
      expect(sent.map(([host, all]) => [host, all.includes("-one"), all.includes("-two")])).toEqual([
        ["one", true, false],
        ["two", false, true],
      ]);
    });

    it("are not requested for operations that the provider does not support", async () => {
      const unable = operationNames.filter((operation) => !kit.operations.includes(operation));
      for (const operation of unable) {
        const { call } = kit.make({ operation });
        expect(await failure(kit.provider.call(operation, call))).toMatchObject({ source: "provider" });
      }
      expect(kit.upstream.calls).toHaveLength(0);
    });
  });
}
