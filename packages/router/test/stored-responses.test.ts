import {
  type Candidate,
  type DeploymentOptions,
  type JsonObject,
  type RouterError,
  silentLogger,
} from "@modelyard/core";
import { deploymentOptions, failure, VirtualClock } from "@modelyard/testing";
import { describe, expect, it } from "vitest";
import { createRouter } from "../src/create-router.js";
import type { CreateRouterOptions } from "../src/options.js";
import type { Router } from "../src/router.js";
import { trailOf } from "./support/harness.js";
import { type StoringOptions, storingProvider } from "./support/storing-provider.js";

const sealed = /^(resp|msg|conv)_mdy1[\da-f]{8}[\w-]{11}\d+$/u;
const canary = "key-canary-0123456789";

/** A deployment with its own key, which is its id unless `more` says otherwise. */
const keyed = (id: string, more: Partial<DeploymentOptions> = {}): DeploymentOptions =>
  deploymentOptions(id, { apiKey: `key-${id}`, ...more });

const twoAccounts = [keyed("a"), keyed("b")];

function setup(
  modelList: readonly DeploymentOptions[],
  options: Partial<CreateRouterOptions> = {},
  vendor: Partial<StoringOptions> = {},
) {
  const clock = new VirtualClock();
  const provider = storingProvider({ clock, ...vendor });
  const quiet = { providers: [provider], clock, logger: silentLogger, retryBudget: false } as const;
  const defaults = { ...quiet, numRetries: 0, ...options };
  const create = (list = modelList, more: Partial<CreateRouterOptions> = {}): Router =>
    createRouter({ ...defaults, ...more, modelList: list });
  const router = create();
  const ask = async (more: object = {}, asked = router): Promise<JsonObject> =>
    (await clock.until(asked.responses({ model: "gpt-4", input: "hi", ...more } as never))) as unknown as JsonObject;
  const refusal = (more: object = {}, asked = router): Promise<RouterError> => failure(ask(more, asked));
  const served = (): readonly string[] => provider.calls.map(({ deploymentId }) => deploymentId);
  return { clock, provider, create, router, ask, refusal, served };
}

const idOf = (answer: JsonObject): string => answer["id"] as string;
const itemOf = (answer: JsonObject): string => (answer["output"] as readonly { readonly id: string }[])[0]!.id;

/** Reads a stream: its events, and its bytes as text. */
async function read(stream: JsonObject): Promise<{ readonly events: readonly JsonObject[] }> {
  const events: JsonObject[] = [];
  for await (const event of stream as unknown as AsyncIterable<JsonObject>) events.push(event);
  return { events };
}

describe("a response that is stored in one of several accounts", () => {
  it("is continued there, whatever the strategy would pick", async () => {
    const { ask, served, provider } = setup(twoAccounts);
    for (let turn = 0; turn < 20; turn += 1) {
      const answer = await ask();
      expect(idOf(answer)).toMatch(sealed);
      const next = await ask({ previous_response_id: idOf(answer) });
      expect(next["previous_response_id"]).toBe(idOf(answer));
      expect(served().at(-1)).toBe(served().at(-2));
    }
    expect(new Set(served())).toEqual(new Set(["a", "b"]));
    expect(JSON.stringify(provider.calls)).not.toContain("mdy1");
  });

  it("is continued there by a stream, whose events and bytes name it like a plain answer", async () => {
    const { ask, served, clock, router } = setup(twoAccounts);
    for (let turn = 0; turn < 10; turn += 1) {
      const { events } = await read(await ask({ stream: true }));
      const [created] = events;
      const id = idOf(created?.["response"] as JsonObject);
      expect(id).toMatch(sealed);
      expect(idOf(events.at(-1)?.["response"] as JsonObject)).toBe(id);
      const items = new Set(events.flatMap(({ item_id: item }) => (typeof item === "string" ? [item] : [])));
      expect([...items]).toEqual([itemOf(events.at(-1)?.["response"] as JsonObject)]);
      const request = { model: "gpt-4", input: "hi", previous_response_id: id, stream: true };
      const outcome = await clock.until(router.execute("responses", request));
      if (outcome.kind !== "stream") throw new Error("not a stream");
      let text = "";
      for await (const part of outcome.parts) text += new TextDecoder().decode(part.bytes);
      expect(served().at(-1)).toBe(served().at(-2));
      const sent = text
        .split("\n\n")
        .flatMap((event) => (event === "" ? [] : [JSON.parse(event.slice(6)) as JsonObject]));
      expect(sent.map(({ type }) => type)).toEqual(events.map(({ type }) => type));
      const first = sent[0]?.["response"] as JsonObject;
      expect(first["previous_response_id"]).toBe(id);
      expect(idOf(first)).toMatch(sealed);
      expect(sent.filter((event) => "item_id" in event).every((event) => sealed.test(String(event["item_id"])))).toBe(
        true,
      );
      // What the model wrote is not an id, even if it looks like one.
      expect(sent.find(({ delta }) => String(delta).startsWith('"'))?.["delta"]).toMatch(/^"msg_\d+"$/u);
    }
  });

  it("keeps all other bytes of a plain answer", async () => {
    const { router, clock, provider } = setup(twoAccounts);
    const outcome = await clock.until(router.execute("responses", { model: "gpt-4", input: "hi" }));
    if (outcome.kind !== "answer") throw new Error("not an answer");
    const bytes = outcome.bytes as string;
    expect(JSON.parse(bytes)).toEqual(outcome.value);
    const key = `key-${provider.calls[0]?.deploymentId ?? ""}`;
    const [id, item] = [...provider.storedWith(key)] as [string, string];
    const original = bytes.replace(idOf(outcome.value), id).replace(itemOf(outcome.value), item);
    expect(original).toBe(JSON.stringify(JSON.parse(original), undefined, 1));
    expect(original).not.toContain("mdy1");
  });

  it("is continued there by another process with the same settings, in any order", async () => {
    const { ask, served, create } = setup(twoAccounts);
    const replica = create([...twoAccounts].toReversed());
    for (let turn = 0; turn < 10; turn += 1) {
      await ask({ previous_response_id: idOf(await ask()) }, replica);
      expect(served().at(-1)).toBe(served().at(-2));
    }
  });

  it("is continued there after other settings of its deployment have changed", async () => {
    const { ask, served, router, create } = setup([keyed("a"), keyed("b")]);
    const answer = await ask();
    const changed = [keyed("a", { id: "other", rpm: 100 }), keyed("b", { id: "another", weight: 3 })];
    const elsewhere = create(changed);
    await ask({ previous_response_id: idOf(answer) }, elsewhere);
    expect(served()[1]).toBe(served()[0] === "a" ? "other" : "another");
    router.update({ config: { modelList: changed, numRetries: 0 } });
    await ask({ previous_response_id: idOf(answer) });
    expect(served()[2]).toBe(served()[1]);
  });

  it("may be continued by another deployment of the same account", async () => {
    const list = [keyed("a"), keyed("a2", { apiKey: "key-a" }), keyed("b")];
    const { ask, served, provider } = setup(list, { numRetries: 2 });
    let answer = await ask();
    while (served().at(-1) === "b") answer = await ask();
    provider.fail("a", 9);
    for (let turn = 0; turn < 5; turn += 1) await ask({ previous_response_id: idOf(answer) });
    expect(served().slice(-5)).not.toContain("b");
    expect(served()).toContain("a2");
  });

  it("is named by its conversation and its items, too", async () => {
    const { ask, served } = setup(twoAccounts);
    for (let turn = 0; turn < 10; turn += 1) {
      const answer = await ask();
      expect(itemOf(answer)).toMatch(sealed);
      await ask({
        input: [
          { type: "item_reference", id: itemOf(answer) },
          { role: "user", content: "go on" },
        ],
      });
      expect(served().at(-1)).toBe(served().at(-2));
    }
  });

  it("is sent with the vendor's ids where its items come back as a whole, to any account", async () => {
    const { ask, provider, served } = setup(twoAccounts);
    const answer = await ask();
    for (let turn = 0; turn < 20; turn += 1) await ask({ input: answer["output"] });
    expect(new Set(served().slice(1))).toEqual(new Set(["a", "b"]));
    for (const { request } of provider.calls.slice(1))
      expect((request["input"] as readonly JsonObject[])[0]?.["id"]).toMatch(/^msg_\d+$/u);
  });

  it("is continued there as long as possible if its reasoning comes back without its content", async () => {
    const { ask, provider, served } = setup(twoAccounts, { numRetries: 1 });
    for (let turn = 0; turn < 10; turn += 1) {
      const reasoning = { type: "reasoning", id: itemOf(await ask()), summary: [] };
      const input = [{ role: "user", content: "hi" }, reasoning, { role: "user", content: "go on" }];
      const before = served().at(-1) ?? "";
      const stored = [...provider.storedWith(`key-${before}`)].at(-1);
      const answer = await ask({ input });
      expect([served().at(-1), trailOf(answer).droppedParams]).toEqual([before, []]);
      expect(provider.calls.at(-1)?.request["input"]).toEqual([input[0], { ...reasoning, id: stored }, input[2]]);
      provider.fail(before, 1);
      const moved = await ask({ input });
      expect(served().at(-1)).not.toBe(before);
      expect(trailOf(moved).droppedParams).toEqual(["input[1]"]);
      expect(provider.calls.at(-1)?.request["input"]).toEqual([input[0], input[2]]);
    }
  });

  it("is continued at the account of its newest reasoning, without that of other accounts", async () => {
    const { ask, provider, served } = setup(twoAccounts);
    const reasoningAt = async (id: string) => {
      for (;;) {
        const answer = await ask();
        if (served().at(-1) === id) return { type: "reasoning", id: itemOf(answer), summary: [] };
      }
    };
    for (const [older, newer] of [
      ["a", "b"],
      ["b", "a"],
    ] as const) {
      const answer = await ask({ input: [await reasoningAt(older), await reasoningAt(newer)] });
      expect([served().at(-1), trailOf(answer).droppedParams]).toEqual([newer, ["input[0]"]]);
      expect(provider.calls.at(-1)?.request["input"]).toHaveLength(1);
    }
  });

  it("is not sealed if the request says that it is not stored", async () => {
    const { ask } = setup(twoAccounts);
    const answer = await ask({ store: false });
    expect([idOf(answer), itemOf(answer)].some((id) => id.includes("mdy1"))).toBe(false);
    const byDefault = setup(twoAccounts.map((one) => ({ ...one, defaults: { store: false } })));
    expect(idOf(await byDefault.ask())).not.toContain("mdy1");
  });
});

describe("a stored id", () => {
  it("stays as it is where all deployments have the same account, bytes included", async () => {
    const { ask, provider, router, clock } = setup([keyed("a"), keyed("b", { apiKey: "key-a" })]);
    const answer = await ask();
    expect(provider.storedWith("key-a")).toContain(idOf(answer));
    await ask({ previous_response_id: idOf(answer) });
    const request = { model: "gpt-4", input: "hi", previous_response_id: idOf(answer) };
    await clock.until(router.execute("responses", request));
    expect(provider.calls.at(-1)?.request).toBe(request);
  });

  it("of one account is not sent to the account of a fallback", async () => {
    const list = [keyed("a"), keyed("b", { modelName: "other" })];
    const { ask, refusal, served, provider } = setup(list, { fallbacks: { "gpt-4": ["other"] } });
    const answer = await ask();
    provider.fail("a", 1);
    const error = await refusal({ previous_response_id: idOf(answer) });
    expect(error).toMatchObject({ kind: "internal_server", reason: expect.stringMatching(/^It broke\./u) as string });
    expect(served()).toEqual(["a", "a"]);
  });

  it("that a fallback made leads back to the fallback", async () => {
    const list = [keyed("a"), keyed("b", { modelName: "other" })];
    const { ask, served, provider } = setup(list, { fallbacks: { "gpt-4": ["other"] } });
    provider.fail("a", 1);
    const answer = await ask();
    expect(idOf(answer)).toMatch(sealed);
    const next = await ask({ previous_response_id: idOf(answer) });
    expect(served()).toEqual(["a", "b", "b"]);
    expect((next as { routing?: unknown }).routing).toMatchObject({
      fallbacks: 1,
      modelGroup: "other",
      deploymentId: "b",
    });
  });

  it("that a fallback made fails with the error of the fallback, not of the group that cannot read it", async () => {
    const list = [keyed("a"), keyed("b", { modelName: "other" })];
    const { ask, refusal, served, provider } = setup(list, { fallbacks: { "gpt-4": ["other"] } });
    provider.fail("a", 1);
    const answer = await ask();
    provider.fail("b", 1);
    expect(await refusal({ previous_response_id: idOf(answer) })).toMatchObject({
      reason: expect.stringMatching(
        /^It broke\. What previous_response_id names can only be stored at openai\/b "b", so/u,
      ) as string,
      deploymentId: "b",
    });
    expect(served()).toEqual(["a", "b", "b"]);
  });

  it("does not lead to a group that is not a fallback", async () => {
    const list = [keyed("a"), keyed("b", { modelName: "other" })];
    const { ask, refusal, served, provider, create } = setup(list, { fallbacks: { "gpt-4": ["other"] } });
    provider.fail("a", 1);
    const answer = await ask();
    const without = create([keyed("a"), keyed("b", { modelName: "another" })]);
    expect(await refusal({ previous_response_id: idOf(answer) }, without)).toMatchObject({
      status: 404,
      code: "previous_response_not_found",
    });
    expect(served()).toEqual(["a", "b"]);
  });

  it("leads to the fallback of its account, past those that cannot read it", async () => {
    const list = [keyed("a"), keyed("b", { modelName: "other" }), keyed("a2", { apiKey: "key-a", modelName: "third" })];
    const { ask, served, provider } = setup(list, { fallbacks: { "gpt-4": ["other", "third"] }, maxFallbacks: 1 });
    const answer = await ask();
    provider.fail("a", 1);
    await ask({ previous_response_id: idOf(answer) });
    expect(served()).toEqual(["a", "a", "a2"]);
  });

  it("that names an account at another address of the same vendor leads there", async () => {
    const at = (id: string, apiBase: string) => keyed(id, { apiKey: "key", apiBase });
    const { ask, served } = setup([at("a", "https://a.example"), at("b", "https://b.example/")]);
    for (let turn = 0; turn < 10; turn += 1) {
      await ask({ previous_response_id: idOf(await ask()) });
      expect(served().at(-1)).toBe(served().at(-2));
    }
  });

  it("is refused if it was forged, changed or made with a key that is gone", async () => {
    const { ask, refusal, served, create } = setup(twoAccounts);
    const id = idOf(await ask());
    const flipped = (at: number): string => `${id.slice(0, at)}${id[at] === "0" ? "1" : "0"}${id.slice(at + 1)}`;
    const count = served().length;
    for (const forged of [
      flipped(9),
      flipped(17),
      flipped(27),
      flipped(id.length - 1),
      `${id}0`,
      id.replace("resp_", "msg_"),
    ]) {
      const error = await refusal({ previous_response_id: forged });
      expect(error).toMatchObject({
        kind: "not_found",
        status: 404,
        code: "previous_response_not_found",
        param: "previous_response_id",
      });
      expect(error.message).toMatch(/^Previous response with id '.*' not found\. .*Send the whole input/u);
    }
    const without = create([keyed("c"), keyed("d")]);
    expect(await refusal({ previous_response_id: id }, without)).toMatchObject({ status: 404 });
    expect(served()).toHaveLength(count);
  });

  it.each([
    ["previous_response_id", { previous_response_id: "resp_unknown" }, "previous_response_not_found"],
    ["conversation", { conversation: { id: "conv_unknown" } }, "not_found"],
    ["input[0].id", { input: [{ type: "item_reference", id: "msg_unknown" }] }, "not_found"],
  ])("that names no account is refused once no account has it: %s", async (param, more, code) => {
    const { refusal, served, router } = setup(twoAccounts, { allowedFails: 0 });
    const error = await refusal(more);
    expect(error).toMatchObject({ kind: "not_found", status: 404, param });
    expect(error.toBody().error).toMatchObject({ code, type: "invalid_request_error" });
    expect(served()).toEqual(["a", "b"]);
    expect(error.attempts).toHaveLength(2);
    expect(router.state().groups[0]?.deployments.map(({ health }) => health)).toEqual(["healthy", "healthy"]);
  });

  describe("from before its group had several accounts", () => {
    /** Conversations that began with one account, before the group got a second one. */
    async function before(more: object = {}) {
      const all = setup([keyed("b")]);
      const answer = await all.ask();
      all.router.update({ config: { modelList: twoAccounts, numRetries: 0, ...more } });
      return { ...all, id: idOf(answer), item: itemOf(answer), count: all.served().length };
    }

    it.each(["previous_response_id", "item_reference"])("is looked for in each account: %s", async (field) => {
      const { ask, served, id, item, count } = await before();
      const named = field === "previous_response_id" ? { previous_response_id: id } : {};
      const input = field === "previous_response_id" ? "hi" : [{ type: "item_reference", id: item }];
      const next = await ask({ ...named, input });
      expect(served().slice(count)).toEqual(["a", "b"]);
      expect(trailOf(next).retries).toBe(0);
      // Its answer names the account, so that nothing has to be looked for any more.
      expect(idOf(next)).toMatch(sealed);
      await ask({ previous_response_id: idOf(next) });
      expect(served().slice(count)).toEqual(["a", "b", "b"]);
    });

    it("is remembered with its account", async () => {
      const { ask, served, id, count } = await before();
      for (let turn = 0; turn < 3; turn += 1) await ask({ previous_response_id: id });
      expect(served().slice(count)).toEqual(["a", "b", "b", "b"]);
    });

    it("is remembered for reads, too, and the other way round", async () => {
      const { ask, served, provider, router, clock, id, count } = await before();
      const get = () => clock.until(router.resource({ operation: "responses", method: "GET", id }));
      await get();
      await get();
      expect(provider.asked.map((line) => line.split(" ")[0])).toEqual(["a", "b", "b"]);
      await ask({ previous_response_id: id });
      expect(served().slice(count)).toEqual(["b"]);
    });

    it("is looked for by streams, too", async () => {
      const { ask, served, id, count } = await before();
      await read(await ask({ previous_response_id: id, stream: true }));
      expect(served().slice(count)).toEqual(["a", "b"]);
    });

    it("is looked for although an account fails, whose failure counts if no account has it", async () => {
      const { ask, refusal, served, provider, id, count } = await before();
      provider.fail("a", 1);
      await ask({ previous_response_id: id });
      expect(served().slice(count)).toEqual(["a", "b"]);
      provider.fail("a", 1);
      expect(await refusal({ previous_response_id: "resp_unknown" })).toMatchObject({ kind: "internal_server" });
    });

    it("is looked for although the deployments of an account are in cooldown", async () => {
      const { ask, served, provider, router, clock, id, count } = await before({ allowedFails: 0, cooldownMs: 5_000 });
      provider.fail("a", 1);
      while (served().at(-1) !== "a")
        await clock.until(router.responses({ model: "gpt-4", input: "hi" })).catch(() => undefined);
      const made = served().length;
      await ask({ previous_response_id: id });
      expect([served().slice(made), made > count]).toEqual([["b"], true]);
    });

    it("is looked for within the limit for attempts", async () => {
      const { refusal, served, id, count } = await before({ maxAttempts: 1 });
      expect(await refusal({ previous_response_id: id })).toMatchObject({ status: 404 });
      expect(served().slice(count)).toEqual(["a"]);
    });

    it("is not looked for in the accounts of fallbacks", async () => {
      const more = {
        modelList: [...twoAccounts, keyed("c", { modelName: "other" })],
        fallbacks: { "gpt-4": ["other"] },
      };
      const { refusal, served, count } = await before(more);
      expect(await refusal({ previous_response_id: "resp_unknown" })).toMatchObject({ status: 404 });
      expect(served().slice(count)).toEqual(["a", "b"]);
    });
  });

  it("is refused if it was forged, also next to one that is right", async () => {
    const { ask, refusal } = setup(twoAccounts);
    const answer = await ask();
    const input = [{ type: "item_reference", id: `${itemOf(answer)}0` }];
    const error = await refusal({ previous_response_id: idOf(answer), input });
    expect(error).toMatchObject({ kind: "not_found", status: 404, param: "input[0].id" });
  });

  it("that names no account is taken to belong to the one that another id names", async () => {
    const { ask, served, provider } = setup(twoAccounts);
    const answer = await ask();
    const key = `key-${served()[0] ?? ""}`;
    const item = [...provider.storedWith(key)].find((id) => id.startsWith("msg_"));
    await ask({ previous_response_id: idOf(answer), input: [{ type: "item_reference", id: item }] });
    expect(served()[1]).toBe(served()[0]);
  });

  it("is refused together with one of another account", async () => {
    const { ask, refusal, served } = setup(twoAccounts);
    const first = await ask();
    let second = await ask();
    while (served().at(-1) === served()[0]) second = await ask();
    const count = served().length;
    const error = await refusal({
      previous_response_id: idOf(first),
      input: [{ type: "item_reference", id: itemOf(second) }],
    });
    expect(error).toMatchObject({ kind: "bad_request", status: 400, param: "input[0].id" });
    expect(error.message).toContain("previous_response_id and input[0].id are stored in different accounts");
    expect(served()).toHaveLength(count);
  });

  it("contains nothing of the key, also of a short one", async () => {
    const list = [keyed("a", { apiKey: canary }), keyed("b", { apiKey: "hunter2" })];
    const { ask, refusal } = setup(list);
    for (let turn = 0; turn < 5; turn += 1) {
      const shown = JSON.stringify(await ask());
      expect(shown).not.toContain("canary");
      expect(shown).not.toContain("hunter2");
    }
    const error = await refusal({ previous_response_id: "resp_unknown" });
    expect(JSON.stringify(error.toBody())).not.toContain("hunter2");
  });

  it("that LiteLLM encoded is read", async () => {
    const { ask, served, provider } = setup(twoAccounts);
    const encoded = (deployment: string, id: string): string =>
      `resp_${btoa(`litellm:custom_llm_provider:openai;model_id:${deployment};response_id:${id}`)}`;
    for (const id of ["a", "b"]) {
      while (served().at(-1) !== id) await ask();
      const original = [...provider.storedWith(`key-${id}`)].find((one) => one.startsWith("resp_")) ?? "";
      const sent = encoded(id, original);
      const next = await ask({ previous_response_id: sent });
      expect(served().at(-1)).toBe(id);
      expect(provider.calls.at(-1)?.request["previous_response_id"]).toBe(original);
      expect(next["previous_response_id"]).toBe(sent);
    }
    const single = setup([keyed("a")]);
    const id = idOf(await single.ask());
    expect(await single.ask({ previous_response_id: encoded("0123abcd", id) })).toMatchObject({ status: "completed" });
    expect(single.provider.calls.at(-1)?.request["previous_response_id"]).toBe(id);
  });

  it("that a router sealed at the vendor passes through one account unchanged", async () => {
    const inner = setup(twoAccounts);
    const id = idOf(await inner.ask());
    const { ask, refusal, provider } = setup([keyed("outer")]);
    expect(await refusal({ previous_response_id: id })).toMatchObject({ kind: "not_found", source: "provider" });
    expect(provider.calls[0]?.request["previous_response_id"]).toBe(id);
    expect(await ask()).toMatchObject({ status: "completed" });
  });
});

describe("a call that refers to something stored", () => {
  it("fails with the time of recovery while the account's deployment is in cooldown, and goes nowhere else", async () => {
    const { ask, refusal, served, provider, clock } = setup(twoAccounts, { allowedFails: 0, cooldownMs: 5_000 });
    const answer = await ask();
    const [holder] = served();
    provider.fail(holder ?? "", 1);
    await refusal({ previous_response_id: idOf(answer) });
    const count = served().length;
    const error = await refusal({ previous_response_id: idOf(answer) });
    expect(error).toMatchObject({ kind: "no_deployment_available", status: 503, retryAfterMs: 5_000 });
    expect(error.message).toContain("it does not hold what the request refers to");
    expect(served()).toHaveLength(count);
    await clock.advance(5_000);
    await ask({ previous_response_id: idOf(answer) });
    expect(served().at(-1)).toBe(holder);
  });

  it.each(["previous_response_id", "input[0].id"])(
    "says where what %s names is stored, and what to do, if its deployment fails or is in cooldown",
    async (field) => {
      const { ask, refusal, served, provider } = setup(twoAccounts, { allowedFails: 0, cooldownMs: 5_000 });
      const answer = await ask();
      const [holder = ""] = served();
      provider.fail(holder, 2);
      const referring =
        field === "previous_response_id"
          ? { previous_response_id: idOf(answer) }
          : { input: [{ type: "item_reference", id: itemOf(answer) }] };
      const broken = await refusal({ ...referring, stream: true });
      const cooling = await refusal(referring);
      const advice = `What ${field} names can only be stored at openai/${holder} "${holder}", so no other deployment can serve this request.`;
      expect([broken.kind, broken.reason]).toEqual([
        "internal_server",
        `It broke. ${advice} Try again later, or send the whole input instead.`,
      ]);
      expect(cooling).toMatchObject({ kind: "no_deployment_available", status: 503, retryAfterMs: 5_000 });
      expect(cooling.message).toContain(`${advice} Try again in 5 s, or send the whole input instead.`);
    },
  );

  it("says nothing of places if the request refers to nothing, or is at fault itself", async () => {
    const { ask, refusal, served, provider } = setup(twoAccounts);
    const answer = await ask();
    for (const id of ["a", "b"]) provider.fail(id, 1);
    expect((await refusal()).message).not.toContain("stored");
    const [holder = ""] = served();
    provider.fail(holder, 0);
    provider.storedWith(`key-${holder}`).clear();
    expect((await refusal({ previous_response_id: idOf(answer) })).message).not.toContain("be stored at");
  });

  it("is a 400 if the account's deployment can never serve it", async () => {
    const { ask, create, refusal, served } = setup(twoAccounts);
    const answer = await ask();
    const filters = [
      { name: "no-holder", reject: ({ deployment }: Candidate) => (deployment.id === served()[0] ? "no" : undefined) },
    ];
    const filtered = create(twoAccounts, { filters });
    expect(await refusal({ previous_response_id: idOf(answer) }, filtered)).toMatchObject({
      kind: "bad_request",
      code: "no_deployment_fits",
    });
  });

  it("is retried at the account's deployment only", async () => {
    const { ask, served, provider } = setup(twoAccounts, { numRetries: 2 });
    const answer = await ask();
    const [holder] = served();
    provider.fail(holder ?? "", 2);
    await ask({ previous_response_id: idOf(answer) });
    expect(served()).toEqual([holder, holder, holder, holder]);
  });

  it("does not harm its deployment if what it refers to was deleted", async () => {
    const { refusal, ask, served } = setup([keyed("a"), keyed("a2", { apiKey: "key-a" })], { allowedFails: 0 });
    for (let turn = 0; turn < 5; turn += 1)
      expect(await refusal({ previous_response_id: "resp_deleted" })).toMatchObject({ kind: "not_found", status: 404 });
    for (let turn = 0; turn < 20; turn += 1) await ask();
    expect(new Set(served())).toEqual(new Set(["a", "a2"]));
  });

  it("is refused with advice where all deployments translate it", async () => {
    const list = [keyed("a"), keyed("b")];
    const { refusal } = setup(list, {}, { translates: true });
    expect(await refusal({ previous_response_id: "resp_1" })).toMatchObject({
      kind: "unsupported_params",
      status: 400,
      param: "previous_response_id",
      reason: "Send the whole input.",
    });
  });

  it("goes to the only account that stores anything", async () => {
    const clock = new VirtualClock();
    const native = storingProvider({ clock });
    const translating = storingProvider({ clock, name: "anthropic", translates: true });
    const modelList = [keyed("a"), keyed("b", { model: "anthropic/b" })];
    const router = createRouter({ providers: [native, translating], clock, modelList, numRetries: 0 });
    native.storedWith("key-a").add("resp_1");
    for (let turn = 0; turn < 10; turn += 1)
      await clock.until(router.responses({ model: "gpt-4", input: "hi", previous_response_id: "resp_1" }));
    expect([native.calls.length, translating.calls.length]).toEqual([10, 0]);
  });

  it("is explained: why the other deployments are not chosen", async () => {
    const { ask, router, served } = setup(twoAccounts);
    const answer = await ask();
    const request = { input: "hi", previous_response_id: idOf(answer) };
    const { deployments } = router.explain("gpt-4", { operation: "responses", request });
    const rejections = Object.fromEntries(deployments.map(({ id, rejection }) => [id, rejection]));
    const other = served()[0] === "a" ? "b" : "a";
    expect(rejections).toEqual({
      [served()[0] ?? ""]: undefined,
      [other]: "it does not hold what the request refers to",
    });
    const { routing } = (await ask(request)) as unknown as { routing: { rejections: readonly JsonObject[] } };
    expect(routing.rejections).toMatchObject([{ deploymentId: other, reason: rejections[other] }]);
    const unknown = router.explain("gpt-4", { operation: "responses", request: { previous_response_id: "resp_1" } });
    for (const { rejection } of unknown.deployments) expect(rejection).toBeUndefined();
  });

  it("closes the vendor's stream when its caller leaves", async () => {
    const { ask, provider, clock } = setup(twoAccounts, {}, { gapMs: 10 });
    const stream = (await ask({ stream: true })) as unknown as AsyncIterable<JsonObject>;
    const reading = (async () => {
      for await (const event of stream) if (event["type"] === "response.output_item.added") break;
    })();
    await clock.until(reading);
    expect(provider.left).toBe(1);
  });
});
