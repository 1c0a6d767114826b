import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Secret, silentLogger } from "@modelyard/core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { answerReadRequest, openai, type ReadRequest, routerFromYaml, type YamlRouter } from "./index.js";

let folder: string;
let open: YamlRouter | undefined;
let requests: ReadRequest[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "modelyard-elsewhere-"));
  requests = [];
});
afterEach(async () => {
  await open?.close();
  open = undefined;
  rmSync(folder, { recursive: true, force: true });
});

const entry = (id: string, more = ""): string =>
  `  - { model_name: gpt-4, litellm_params: { model: openai/${id}, api_key: sk-canary-${id}, mock_response: ${id}${more} }, model_info: { id: ${id} } }\n`;
const list = (...entries: readonly string[]): string => `model_list:\n${entries.join("")}`;
function write(text: string, file = "config.yaml"): void {
  writeFileSync(join(folder, file), text);
}

/** Copies requests and replies as between two processes, which fails for values that cannot be copied. */
async function elsewhere(request: ReadRequest): Promise<Awaited<ReturnType<typeof answerReadRequest>>> {
  requests.push(request);
  return structuredClone(await answerReadRequest(structuredClone(request)));
}

async function start(readChanges: typeof elsewhere | undefined, strict = false): Promise<YamlRouter> {
  await open?.close();
  const options = { env: { KEY: "sk-canary-env" }, strict, logger: silentLogger };
  open = await routerFromYaml(
    { file: join(folder, "config.yaml") },
    { ...options, ...(readChanges === undefined ? {} : { readChanges }) },
  );
  return open;
}

async function answer(yaml: YamlRouter): Promise<unknown> {
  const { choices } = await yaml.router.completion({ model: "gpt-4", messages: [{ role: "user", content: "hi" }] });
  return choices[0]?.message.content;
}

async function refusal(yaml: YamlRouter): Promise<string> {
  try {
    await yaml.reload();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return "taken over";
}

describe("a changed file that another process reads", () => {
  it("is applied with its keys, warnings, included files and their places", async () => {
    write(list(entry("a")));
    const yaml = await start(elsewhere);
    mkdirSync(join(folder, "more"));
    write(`include: [more/b.yaml]\nunknown_key: 1\n`);
    write(
      `${list(entry("b"))}${entry("c").replace("openai/", "cohere/").replace(", mock_response: c", "")}`,
      "more/b.yaml",
    );
    expect(await yaml.reload()).toEqual([]);
    expect(requests).toHaveLength(1);
    expect(await answer(yaml)).toBe("b");
    expect(Secret.of(yaml.config.router.modelList[0]?.apiKey ?? "").reveal()).toBe("sk-canary-b");
    expect(JSON.stringify(yaml.config.router)).not.toContain("canary");
    expect(yaml.warnings.join("\n")).toMatch(/config\.yaml:2:1 unknown_key: .*more[/]b\.yaml:3:\d+ model_list\[1\]/su);
    expect(yaml.unserved).toHaveLength(1);
    expect([...yaml.sources.keys()].map((path) => path.slice(folder.length + 1))).toEqual([
      "config.yaml",
      "more/b.yaml",
    ]);
  });

  it.each([
    ["broken YAML", "model_list: [\n"],
    ["an unknown key", list(entry("a", ", rmp: 5"))],
    ["a provider that does not exist", list(entry("a").replace("openai/", "opnai/").replace(", mock_response: a", ""))],
    ["an id twice", list(entry("a"), entry("b"), entry("a"))],
    ["a strategy that does not exist", `${list(entry("a"))}router_settings:\n  routing_strategy: nearest\n`],
    [
      "several at once",
      `${list(entry("a").replace("openai/", "opnai/"), entry("b"))}router_settings:\n  routing_strategy: nearest\n`,
    ],
    ["a module that is missing", `${list(entry("a"))}router_settings:\n  routing_strategy: ./absent.mjs\n`],
    ["a file outside the folder", `include: [../outside.yaml]\n${list(entry("a"))}`],
    ["a variable that is not set", list(entry("a").replace("sk-canary-a", "os.environ/ABSENT"))],
    ["not a file", undefined],
  ])("is refused with the same message as one read in this process: %s", async (_, text) => {
    const refusals: string[] = [];
    for (const readChanges of [undefined, elsewhere]) {
      rmSync(join(folder, "config.yaml"), { recursive: true, force: true });
      write(list(entry("before")));
      const yaml = await start(readChanges);
      rmSync(join(folder, "config.yaml"));
      if (text === undefined) mkdirSync(join(folder, "config.yaml"));
      else write(text);
      refusals.push(await refusal(yaml));
      expect(await answer(yaml)).toBe("before");
    }
    expect(refusals[0]).not.toBe("taken over");
    expect(refusals[1]).toBe(refusals[0]);
    expect(requests).toHaveLength(1);
  });

  it("is refused for a warning in strict mode, and for a problem that only a router can find", async () => {
    write(list(entry("before")));
    const yaml = await start(elsewhere, true);
    write(`${list(entry("a"))}unknown_key: 1\n`);
    expect(await refusal(yaml)).toContain("unknown_key");
    write(`${list(entry("a"))}router_settings: { model_group_alias: { fast: absent } }\n`);
    expect(await refusal(yaml)).toMatch(/config\.yaml:\d+:\d+ router_settings\.model_group_alias\.fast/u);
    expect(await answer(yaml)).toBe("before");
  });

  it("loads a strategy's module in the process that uses it, and again only if it changed", async () => {
    write(list(entry("a"), entry("b")));
    const yaml = await start(elsewhere);
    const module = (id: string): string =>
      `export const strategy = () => ({ name: 's', pick: (all) => all.find((one) => one.deployment.id === '${id}') });\n`;
    write(module("b"), "s.mjs");
    write(`${list(entry("a"), entry("b"))}router_settings: { routing_strategy: ./s.mjs }\n`);
    await yaml.reload();
    expect(await answer(yaml)).toBe("b");
    write(module("a"), "s.mjs");
    await yaml.reload();
    expect(await answer(yaml)).toBe("a");
    expect([...yaml.sources.keys()].some((path) => path.endsWith("s.mjs"))).toBe(true);
  });

  it("drops invalid deployments if the file allows it", async () => {
    write(list(entry("before")));
    const yaml = await start(elsewhere);
    const bad = entry("bad").replace("openai/", "opnai/").replace(", mock_response: bad", "");
    write(`${list(entry("a"), bad)}router_settings: { ignore_invalid_deployments: true }\n`);
    await yaml.reload();
    expect(yaml.router.state().groups[0]?.deployments.map(({ id }) => id)).toEqual(["a"]);
    expect(yaml.warnings.join("\n")).toMatch(/config\.yaml:3:\d+ .*"opnai".* The deployment is skipped\./u);
  });

  it("is refused when the reading process fails, and the same change is not read again", async () => {
    write(list(entry("before")));
    let calls = 0;
    const yaml = await start(async () => {
      calls += 1;
      throw new Error("the reader is gone");
    });
    const refused = (): Promise<unknown> =>
      new Promise((resolve) => {
        const stop = yaml.watch({
          everyMs: 2,
          onError: (error) => {
            stop();
            resolve(error);
          },
        });
      });
    write(list(entry("second")));
    expect(await refused()).toMatchObject({ message: "the reader is gone" });
    const next = refused();
    write(list(entry("third")));
    await next;
    expect(calls).toBe(2);
    expect(await answer(yaml)).toBe("before");
  });

  it("cannot be combined with options that stay in this process", async () => {
    write(list(entry("a")));
    for (const parts of [{ providers: [openai()] }, { router: {} }])
      await expect(
        routerFromYaml({ file: join(folder, "config.yaml") }, { readChanges: elsewhere, ...parts }),
      ).rejects.toThrow("readChanges: providers and router cannot be sent to another process.");
  });
});
