// Two processes of the proxy with one file, and no store between them.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startUpstream, type Upstream } from "@modelyard/testing";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Cli } from "../support/run-cli.js";

const masterKey = "sk-both";
const folder = mkdtempSync(join(tmpdir(), "modelyard-stored-ids-"));
let cli: Cli;
let upstream: Upstream;
beforeAll(async () => {
  [cli, upstream] = await Promise.all([Cli.build("stored-ids"), startUpstream()]);
});
afterAll(async () => {
  cli.stop();
  await upstream.close();
  rmSync(folder, { recursive: true, force: true });
});

it("a response is continued at its account by a process that did not make it", async () => {
  const file = join(folder, "config.yaml");
  const account = (key: string): string =>
    `  - { model_name: m, litellm_params: { model: openai/gpt-5, api_key: ${key}, api_base: "${upstream.url(key)}/v1" } }`;
  const settings = `general_settings: { master_key: ${masterKey} }`;
  writeFileSync(file, ["model_list:", account("one"), account("two"), settings, ""].join("\n"));
  const runs = [1, 2].map(() => cli.run(["serve", "--config", file, "--port", "0"]));
  const origins = await Promise.all(
    runs.map(async (run) => (await run.waitForOutput(/listens on (http:\S+)/u))[1] ?? ""),
  );
  const ask = async (origin = "", more: object = {}): Promise<string> => {
    const response = await fetch(`${origin}/v1/responses`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${masterKey}` },
      body: JSON.stringify({ model: "m", input: "hi", ...more }),
    });
    expect(response.status).toBe(200);
    return ((await response.json()) as { readonly id: string }).id;
  };
  const hosts = new Set<string>();
  // Both processes choose among the accounts at random.
  while (hosts.size < 2) {
    const id = await ask(origins[0]);
    await ask(origins[1], { previous_response_id: id });
    const [made, continued] = upstream.calls.slice(-2);
    expect(id).not.toBe(continued?.body["previous_response_id"]);
    expect([continued?.host, continued?.body["previous_response_id"]]).toEqual([made?.host, "resp_1"]);
    hosts.add(made?.host ?? "");
  }
});
