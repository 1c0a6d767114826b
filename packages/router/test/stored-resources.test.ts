import { type DeploymentOptions, silentLogger } from "@modelyard/core";
import { Cancellation, type ResourceOutcome, type ResourceRequest } from "@modelyard/core/kit";
import { deploymentOptions, failure, turnsUntil, VirtualClock } from "@modelyard/testing";
import { describe, expect, it } from "vitest";
import { createRouter } from "../src/create-router.js";
import { type StoringOptions, storingProvider } from "./support/storing-provider.js";

const keyed = (id: string, more: Partial<DeploymentOptions> = {}): DeploymentOptions =>
  deploymentOptions(id, { apiKey: `key-${id}`, ...more });

/** What the ids that name an account begin with, after their prefix. */
const sealedPart = "mdy1";
const twoAccounts = [keyed("a"), keyed("b")];

function setup(modelList: readonly DeploymentOptions[], vendor: Partial<StoringOptions> = {}) {
  const clock = new VirtualClock();
  const provider = storingProvider({ clock, ...vendor });
  const router = createRouter({ providers: [provider], clock, logger: silentLogger, numRetries: 0, modelList });
  const create = async (): Promise<string> => (await clock.until(router.responses({ model: "gpt-4", input: "hi" }))).id;
  const ask = (id: string, more: Partial<ResourceRequest> = {}): Promise<ResourceOutcome> =>
    clock.until(router.resource({ operation: "responses", method: "GET", id, ...more }));
  const holder = (): string => provider.calls.at(-1)?.deploymentId ?? "";
  /** The vendor's own id of the last response. */
  const own = (): string => [...provider.storedWith(`key-${holder()}`)].findLast((id) => id.startsWith("resp_")) ?? "";
  return { clock, provider, router, create, ask, holder, own };
}

const timely = { timeouts: { totalMs: 50 } };
const textOf = ({ bytes }: ResourceOutcome): string => new TextDecoder().decode(bytes as Uint8Array);

describe("router.resource", () => {
  it.each<[string, Partial<ResourceRequest>, string]>([
    ["reads", {}, "GET /ID"],
    ["cancels", { method: "POST", action: "cancel" }, "POST /ID/cancel"],
    ["deletes", { method: "DELETE" }, "DELETE /ID"],
    [
      "lists the input of",
      {
        action: "input_items",
        query: [
          ["limit", "5"],
          ["order", "a b"],
        ],
      },
      "GET /ID/input_items?limit=5&order=a+b",
    ],
  ])("%s a response at the account that its id names, and names it alike", async (_, more, expected) => {
    const { provider, create, ask, holder, own } = setup(twoAccounts);
    for (let turn = 0; turn < 6; turn += 1) {
      const id = await create();
      const sent = `${holder()} ${expected.replace("ID", own())}`;
      const outcome = await ask(id, more);
      expect(provider.asked.at(-1)).toBe(sent);
      expect(outcome.deploymentId).toBe(holder());
      expect(JSON.parse(textOf(outcome))).toEqual(outcome.value);
      const { id: shown, first_id: item = `msg_${sealedPart}` } = outcome.value;
      expect([shown ?? id, String(item).startsWith(`msg_${sealedPart}`)]).toEqual([id, true]);
    }
  });

  it("sends the vendor's id of an item in the query", async () => {
    const { provider, create, ask } = setup(twoAccounts);
    const id = await create();
    const listed = await ask(id, { action: "input_items" });
    const after = listed.value["last_id"] as string;
    await ask(id, { action: "input_items", query: [["after", after]] });
    expect(provider.asked.at(-1)).toMatch(/\/input_items\?after=msg_\d+$/u);
  });

  it("asks one account after another for an id that names none", async () => {
    const { provider, create, ask, own, holder } = setup([...twoAccounts, keyed("a2", { apiKey: "key-a" })]);
    await create();
    while (holder() !== "b") await create();
    const outcome = await ask(own());
    expect(provider.asked).toEqual([`a GET /${own()}`, `b GET /${own()}`]);
    // Who asks with the vendor's ids gets them back, byte for byte.
    expect(textOf(outcome)).toBe(JSON.stringify(outcome.value, undefined, 1));
    expect(outcome.value["id"]).toBe(own());
  });

  it("is a 404 if no account has it, and does not ask for a forged id at all", async () => {
    const { provider, create, ask } = setup(twoAccounts);
    expect(await failure(ask("resp_unknown"))).toMatchObject({ kind: "not_found", status: 404 });
    expect(provider.asked).toHaveLength(2);
    const id = await create();
    expect(await failure(ask(`${id}0`))).toMatchObject({ kind: "not_found", status: 404, source: "router" });
    expect(provider.asked).toHaveLength(2);
  });

  it("asks the other accounts after a failure, and reports it only if none of them has it", async () => {
    const { provider, ask, router, create, holder, own } = setup(twoAccounts);
    await create();
    while (holder() !== "b") await create();
    provider.fail("a", 2);
    expect((await ask(own())).value["id"]).toBe(own());
    expect(await failure(ask("resp_unknown"))).toMatchObject({
      kind: "internal_server",
      reason: expect.stringMatching(
        /^It broke\. Response 'resp_unknown' may be stored at openai\/a "a"; no other deployment has it\. Try again later\.$/u,
      ) as string,
    });
    expect(provider.asked).toHaveLength(4);
    expect(router.state().groups[0]?.deployments.every(({ health }) => health === "healthy")).toBe(true);
  });

  it("passes over vendors that store nothing", async () => {
    const { ask } = setup(twoAccounts, { translates: true });
    expect(await failure(ask("resp_1"))).toMatchObject({ kind: "not_found", source: "router" });
  });

  it("says where a response is stored if its deployment does not answer", async () => {
    const { create, ask, holder } = setup([keyed("a", timely), keyed("b", timely)], { gapMs: 100 });
    const id = await create();
    const place = `stored at openai/${holder()} "${holder()}", so no other deployment can read it. Try again later.`;
    const known = await failure(ask(id));
    expect([known.kind, known.reason]).toEqual([
      "timeout",
      expect.stringMatching(new RegExp(`can only be ${place}$`, "u")),
    ]);
    const unknown = await failure(ask("resp_1"));
    expect(unknown.reason).toMatch(
      /Response 'resp_1' may be stored at openai\/a "a"; no other deployment has it\. Try again later\.$/u,
    );
  });

  it("cannot leave the path of the operation", async () => {
    const { provider, ask } = setup([keyed("a")]);
    await failure(ask("../files?x=1#y"));
    expect(provider.asked).toEqual(["a GET /..%2Ffiles%3Fx%3D1%23y"]);
    await failure(ask(".."));
    expect(provider.asked).toHaveLength(1);
  });

  it("stops when its caller leaves, and after the time limit of its deployment", async () => {
    const { provider, create, router, clock, ask } = setup([keyed("a", { timeouts: { totalMs: 50 } })], { gapMs: 100 });
    const id = await create();
    const cancellation = new Cancellation();
    const asking = failure(router.resource({ operation: "responses", method: "GET", id }, { cancellation }));
    await turnsUntil(() => provider.asked.length > 0);
    cancellation.cancel(new Error("left"));
    expect(await asking).toMatchObject({ kind: "aborted" });
    expect(cancellation.listenerCount).toBe(0);
    expect(await failure(ask(id))).toMatchObject({ kind: "timeout", status: 408 });
    expect(clock.timers).toBe(0);
    expect(provider.asked).toHaveLength(2);
  });
});
