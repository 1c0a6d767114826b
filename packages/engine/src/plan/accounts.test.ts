import { Secret } from "@modelyard/core";
import { makeCandidate } from "@modelyard/testing";
import { describe, expect, it } from "vitest";
import { Accounts } from "./accounts.js";
import type { DeploymentRuntime } from "./deployment-runtime.js";

interface Reached {
  readonly provider?: string;
  readonly apiKey?: string;
  readonly baseUrl?: string;
  readonly organization?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

function runtime(
  id: string,
  { provider = "openai", apiKey = "key", baseUrl, organization, headers = {} }: Reached = {},
) {
  const { deployment } = makeCandidate({ id });
  const secrets = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, new Secret(value)]));
  const reached = { apiKey: new Secret(apiKey), baseUrl, organization, headers: secrets };
  const connection = { ...deployment.connection, ...reached };
  return { deployment: { ...deployment, provider, connection } } as DeploymentRuntime;
}

const id = `resp_${"0123456789abcdef".repeat(3)}`;

describe("accounts", () => {
  it.each<[string, Reached]>([
    ["key", { apiKey: "other" }],
    ["address", { baseUrl: "https://eu.example" }],
    ["provider", { provider: "azure" }],
    ["organization", { organization: "org" }],
    ["headers", { headers: { "x-project": "p" } }],
  ])("differ by their %s", (_, reached) => {
    const plain = runtime("a");
    const other = runtime("b", reached);
    const accounts = new Accounts([plain, other]);
    expect(accounts.of(other)).not.toBe(accounts.of(plain));
    expect(accounts.of(other).tag).not.toBe(accounts.of(plain).tag);
    expect(accounts.read(accounts.of(other).seal(id))).toEqual({ id, account: accounts.of(other), foreign: false });
  });

  it("are the same for deployments that differ in everything else", () => {
    const runtimes = [runtime("a"), runtime("b")] as const;
    const accounts = new Accounts(runtimes);
    expect(accounts.of(runtimes[0])).toBe(accounts.of(runtimes[1]));
  });

  it.each([id, "msg_1", "conv_a_b", "no-prefix", "mdy1", "resp_mdy1", "_", "é_ü🙂\n", "x".repeat(512)])(
    "open what they sealed: %j",
    (original) => {
      const [one, two] = [runtime("a"), runtime("b", { apiKey: "other" })] as const;
      const accounts = new Accounts([one, two]);
      const sealed = accounts.of(two).seal(original);
      expect(sealed).not.toBe(original);
      expect(accounts.read(sealed)).toEqual({ id: original, account: accounts.of(two), foreign: false });
      // Another process has other objects.
      expect(new Accounts([two, one]).read(sealed)).toMatchObject({ id: original, foreign: false });
      expect(new Accounts([one]).read(sealed)).toEqual({ id: original, account: undefined, foreign: true });
    },
  );

  it("keep the prefix of an id, and add 23 characters", () => {
    const accounts = new Accounts([runtime("a")]);
    const sealed = accounts.of(runtime("a")).seal(id);
    expect(sealed).toMatch(/^resp_mdy1[\da-f]{8}[\w-]{11}0123/u);
    expect(sealed).toHaveLength(id.length + 23);
  });

  it("do not open an id of which any character was changed", () => {
    const one = runtime("a");
    const accounts = new Accounts([one]);
    const sealed = accounts.of(one).seal(id);
    for (let at = 0; at < sealed.length; at += 1) {
      const changed = `${sealed.slice(0, at)}${sealed[at] === "x" ? "y" : "x"}${sealed.slice(at + 1)}`;
      expect(accounts.read(changed).account).toBeUndefined();
    }
  });

  it("leave an id alone that is too long to come from a vendor", () => {
    const one = runtime("a");
    const accounts = new Accounts([one]);
    const long = `resp_${"x".repeat(600)}`;
    expect(accounts.of(one).seal(long)).toBe(long);
    const unread = { account: undefined, foreign: false };
    for (const text of [long, `resp_mdy1${"0".repeat(600)}`, ""])
      expect(accounts.read(text)).toEqual({ id: text, ...unread });
  });

  it("read ids that LiteLLM encoded, and ids that only look like them as they are", () => {
    const accounts = new Accounts([runtime("a")]);
    const read = (text: string, prefix = "resp_") => accounts.read(`${prefix}${btoa(text)}`);
    const account = accounts.of(runtime("a"));
    const plain = `litellm:custom_llm_provider:openai;model_id:a;response_id:${id}`;
    expect(read(plain)).toEqual({ id, account, foreign: false });
    expect(read("litellm:model_id:a;item_id:rs_1", "encitem_")).toEqual({ id: "rs_1", account, foreign: false });
    expect(read(plain.replace("model_id:a", "model_id:gone"))).toEqual({ id, account: undefined, foreign: false });
    for (const text of [
      "litellm:model_id:a;response_id:",
      "litellm:nothing of that kind",
      "another text of some length",
    ])
      expect(read(text)).toEqual({ id: `resp_${btoa(text)}`, account: undefined, foreign: false });
    expect(accounts.read("resp_bGl0ZWxsbTpjdXN0b20=")).toMatchObject({ account: undefined });
  });
});
