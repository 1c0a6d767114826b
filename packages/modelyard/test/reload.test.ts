import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Deployment } from "@modelyard/core";
import { systemClock } from "@modelyard/core/kit";
import { answers, fails, type ScriptedProvider, scriptedProvider, streams, VirtualClock } from "@modelyard/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openai } from "../src/index.js";
import type { YamlRouter } from "../src/from-yaml-options.js";
import { routerFromYaml } from "../src/router-from-yaml.js";

let folder: string;
let open: YamlRouter | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "modelyard-reload-"));
});
afterEach(async () => {
  await open?.close();
  open = undefined;
  rmSync(folder, { recursive: true, force: true });
});

const messages = [{ role: "user" as const, content: "hi" }];
const entry = (id: string, more = ""): string =>
  `  - { model_name: gpt-4, litellm_params: { model: openai/${id}, api_key: k${more} }, model_info: { id: ${id} } }\n`;
const list = (...entries: readonly string[]): string => `model_list:\n${entries.join("")}`;

async function start(provider: ScriptedProvider, clock = systemClock, file = "config.yaml"): Promise<YamlRouter> {
  // Texts without a file may only name modules of the current folder.
  const includeFrom = [folder];
  const options = { env: {}, providers: [provider], router: { clock }, includeFrom };
  open = await routerFromYaml({ file: join(folder, file) }, options);
  return open;
}

function write(text: string, file = "config.yaml"): void {
  writeFileSync(join(folder, file), text);
}

async function served(yaml: YamlRouter, times = 1, model = "gpt-4"): Promise<readonly (string | undefined)[]> {
  const ids: (string | undefined)[] = [];
  for (let count = 0; count < times; count += 1)
    ids.push((await yaml.router.completion({ model, messages })).routing.deploymentId);
  return ids;
}

describe("a reload of the configuration", () => {
  it("keeps the health, counts and used limits of deployments that stay, and adds new ones", async () => {
    const clock = new VirtualClock();
    const provider = scriptedProvider({ clock });
    write(
      `${list(entry("a"), entry("b", ", rpm: 2"))}router_settings: { num_retries: 0, cooldown_time: 600, allowed_fails: 0 }\n`,
    );
    const yaml = await start(provider, clock);
    provider.script("a", fails("internal_server"));
    const outcomes = await Promise.allSettled([served(yaml), served(yaml), served(yaml), served(yaml)]);
    expect(outcomes.some((outcome) => outcome.status === "rejected")).toBe(true);
    const before = yaml.router.state().groups[0]?.deployments;
    write(
      `${list(entry("a"), entry("b", ", rpm: 2"), entry("c"))}router_settings: { num_retries: 0, cooldown_time: 600, allowed_fails: 0 }\n`,
    );
    await yaml.reload();
    const after = yaml.router.state().groups[0]?.deployments;
    expect(after?.map((one) => one.id)).toEqual(["a", "b", "c"]);
    expect(after?.slice(0, 2)).toEqual(before);
    expect(after?.[0]?.health).toBe("cooling");
  });

  it("keeps latencies, also of the strategy of a single group", async () => {
    const clock = new VirtualClock();
    const provider = scriptedProvider({ clock });
    const settings =
      "router_settings: { routing_strategy: latency-based-routing, model_group_settings: { other: { routing_strategy: latency-based-routing } } }\n";
    const other = "  - { model_name: other, litellm_params: { model: openai/x, api_key: k } }\n";
    write(`${list(entry("slow"), entry("quick"), other)}${settings}`);
    const yaml = await start(provider, clock);
    provider.script("slow", answers("x", { delayMs: 5_000 }));
    provider.script("quick", answers("x", { delayMs: 10 }));
    const call = async (): Promise<string | undefined> => {
      const [id] = await clock.until(served(yaml));
      return id;
    };
    for (let count = 0; count < 6; count += 1) await call();
    write(`${list(entry("slow"), entry("quick"), other)}${settings}litellm_settings: { drop_params: true }\n`);
    await yaml.reload();
    const ids: (string | undefined)[] = [];
    for (let count = 0; count < 5; count += 1) ids.push(await call());
    expect(new Set(ids)).toEqual(new Set(["quick"]));
  });

  it.each([
    ["broken YAML", "model_list: [\n", "config.yaml:2:1"],
    ["an unknown key", list(entry("a", ", rmp: 5")), 'Did you mean "rpm"'],
    ["a file that is gone", undefined, "no such file"],
    [
      "a provider that does not exist",
      list(entry("a", ", rpm: 9"), entry("a2").replace("openai/", "opnai/")),
      "config.yaml:3:",
    ],
    ["an id twice", list(entry("a", ", rpm: 9"), entry("b", ", rpm: 9"), entry("a")), 'duplicate id "a"'],
    [
      "a deployment without a key",
      list(entry("a", ", rpm: 9"), entry("b", ", rpm: 9"), entry("c").replace(", api_key: k", "")),
      "config.yaml:4:",
    ],
    ["an address without https", list(entry("a", ", rpm: 9"), entry("b", ", api_base: example.com")), "config.yaml:3:"],
    [
      "a strategy that does not exist",
      `${list(entry("a"))}router_settings:\n  routing_strategy: nearest\n`,
      "config.yaml:4:3",
    ],
  ])("with %s is refused with a reason and changes nothing", async (_, text, message) => {
    const provider = scriptedProvider({ clock: systemClock });
    const real = openai();
    const checking: ScriptedProvider = Object.assign(provider, {
      validate: (deployment: Deployment) => real.validate?.(deployment) ?? [],
    });
    write(list(entry("a", ", rpm: 5"), entry("b")));
    const yaml = await start(checking);
    const before = [yaml.router.state().groups, yaml.config, yaml.warnings];
    if (text === undefined) rmSync(join(folder, "config.yaml"));
    else write(text);
    await expect(yaml.reload()).rejects.toThrow(message);
    expect([yaml.router.state().groups, yaml.config, yaml.warnings]).toEqual(before);
    expect(await served(yaml)).toHaveLength(1);
  });

  it("does not interrupt streams in progress, not even those of a removed deployment", async () => {
    const provider = scriptedProvider({ clock: systemClock });
    write(list(entry("a")));
    const yaml = await start(provider);
    provider.script("a", streams(["one ", "two ", "three"], { gapMs: 5 }));
    const stream = await yaml.router.completion({ model: "gpt-4", messages, stream: true });
    let text = "";
    for await (const chunk of stream) {
      if (text === "") {
        write(list(entry("b")));
        await yaml.reload();
      }
      text += chunk.choices[0]?.delta.content ?? "";
    }
    expect(text).toBe("one two three");
    expect(await served(yaml)).toEqual(["b"]);
    expect(yaml.router.state().groups[0]?.deployments[0]?.inFlight).toBe(0);
  });

  it("uses a new API key from then on, and never the old one", async () => {
    const provider = scriptedProvider({ clock: systemClock });
    write(list(entry("a")));
    const yaml = await start(provider);
    const keys = (): readonly (string | undefined)[] =>
      provider.calls.map(({ call }) => call.deployment.connection.apiKey?.reveal());
    await served(yaml, 2);
    write(list(entry("a").replace("api_key: k", "api_key: rotated")));
    await yaml.reload();
    await served(yaml, 2);
    expect(keys()).toEqual(["k", "k", "rotated", "rotated"]);
  });

  it("reports settings that only take effect at the next start", async () => {
    write(list(entry("a")));
    const yaml = await start(scriptedProvider({ clock: systemClock }));
    write(
      `${list(entry("a"))}general_settings: { port: 4001, master_key: sk-canary }\nlitellm_settings: { callbacks: [prometheus], cache: true, set_verbose: true }\nrouter_settings: { redis_host: elsewhere }\n`,
    );
    const warnings = (await yaml.reload()).join("\n");
    for (const word of ["port", "master_key", "callbacks", "set_verbose", "cache", "Redis"])
      expect(warnings).toContain(word);
    expect(warnings).not.toContain("canary");
    write(list(entry("a")));
    expect(await yaml.reload()).toEqual([]);
  });

  it("detects a changed master key and a changed Redis password, although secrets look alike as JSON", async () => {
    const keys = (master: string, password: string): string =>
      `${list(entry("a"))}general_settings: { master_key: ${master} }\nrouter_settings: { redis_host: 127.0.0.1, redis_port: 1, redis_password: ${password} }\n`;
    write(keys("sk-canary-1", "canary-1"));
    const yaml = await start(scriptedProvider({ clock: systemClock }));
    write(keys("sk-canary-2", "canary-2"));
    const warnings = (await yaml.reload()).join("\n");
    for (const word of ["master_key", "Redis"]) expect(warnings).toContain(word);
    expect(warnings).not.toContain("canary");
    write(keys("sk-canary-1", "canary-1"));
    expect(await yaml.reload()).toEqual([]);
  });

  it("applies texts in the order in which they were given", async () => {
    const provider = scriptedProvider({ clock: systemClock });
    write(list(entry("a")));
    const yaml = await start(provider);
    write("export const strategy = () => ({ name: 's', pick: ([first]) => first });\n", "s.mjs");
    const slow = `${list(entry("b"))}router_settings: { routing_strategy: "${join(folder, "s.mjs")}" }\n`;
    await Promise.all([yaml.reload(slow), yaml.reload(list(entry("c")))]);
    expect(await served(yaml)).toEqual(["c"]);
  });

  it("drops invalid deployments if the file allows it", async () => {
    write(
      `${list(entry("a"), entry("b").replace("openai/", "opnai/"), entry("c", ", rmp: 5"), entry("d"))}router_settings: { ignore_invalid_deployments: true }\n`,
    );
    const provider = scriptedProvider({ clock: systemClock });
    const yaml = await start(provider);
    expect(yaml.router.state().groups[0]?.deployments.map((one) => one.id)).toEqual(["a", "d"]);
    expect(yaml.warnings.filter((warning) => warning.includes("is skipped"))).toEqual([
      expect.stringMatching(
        /config\.yaml:4:\d+ model_list\[2\]\.litellm_params\.rmp: .* The deployment is skipped\.$/u,
      ),
      expect.stringMatching(/config\.yaml:3:\d+ .*"opnai".* The deployment is skipped\.$/u),
    ]);
    write(`${list(entry("a").replace("openai/", "opnai/"))}router_settings: { ignore_invalid_deployments: true }\n`);
    await expect(yaml.reload()).rejects.toThrow("opnai");
  });
});

/** Starts to watch. `next` returns the result of the next change. */
function watching(yaml: YamlRouter): { readonly next: () => Promise<readonly string[]> } {
  const results: Promise<readonly string[]>[] = [];
  const waiting: (() => void)[] = [];
  const settle = (result: Promise<readonly string[]>): void => {
    // Nobody may be waiting for it yet.
    result.catch(() => undefined);
    results.push(result);
    waiting.shift()?.();
  };
  yaml.watch({
    everyMs: 5,
    onReload: (warnings) => {
      settle(Promise.resolve(warnings));
    },
    onError: (error) => {
      settle(Promise.reject(error instanceof Error ? error : new Error(String(error))));
    },
  });
  return {
    next: async () => {
      if (results.length === 0)
        await new Promise<void>((resolve) => {
          waiting.push(resolve);
        });
      return results.shift() ?? [];
    },
  };
}

describe("a watched file", () => {
  it("is applied when it is written in place, and when another file replaces it", async () => {
    write(list(entry("a")));
    const yaml = await start(scriptedProvider({ clock: systemClock }));
    const { next } = watching(yaml);
    write(list(entry("b")));
    await next();
    expect(await served(yaml)).toEqual(["b"]);
    write(list(entry("c")), "config.yaml.new");
    renameSync(join(folder, "config.yaml.new"), join(folder, "config.yaml"));
    await next();
    expect(await served(yaml)).toEqual(["c"]);
  });

  it("is applied when a link to its folder changes, as Kubernetes does", async () => {
    for (const [name, id] of [
      ["..1", "a"],
      ["..2", "b"],
    ] as const) {
      mkdirSync(join(folder, name));
      write(list(entry(id)), `${name}/config.yaml`);
    }
    symlinkSync("..1", join(folder, "..data"));
    symlinkSync("..data/config.yaml", join(folder, "config.yaml"));
    const yaml = await start(scriptedProvider({ clock: systemClock }));
    const { next } = watching(yaml);
    symlinkSync("..2", join(folder, "..data_tmp"));
    renameSync(join(folder, "..data_tmp"), join(folder, "..data"));
    await next();
    expect(await served(yaml)).toEqual(["b"]);
  });

  it("is reported once when it is invalid, and applied when it is valid again", async () => {
    write(list(entry("a")));
    const yaml = await start(scriptedProvider({ clock: systemClock }));
    const { next } = watching(yaml);
    write("model_list: 5\n");
    await expect(next()).rejects.toThrow("config.yaml:1:1 model_list: it must be a list");
    rmSync(join(folder, "config.yaml"));
    await expect(next()).rejects.toThrow("no such file");
    expect(await served(yaml)).toEqual(["a"]);
    write(list(entry("b")));
    await next();
    expect(await served(yaml)).toEqual(["b"]);
  });

  it("is also applied when an included file changes, appears or is missing", async () => {
    mkdirSync(join(folder, "more"));
    write("include: [more/one.yaml]\n");
    write("include: [two.yaml]\n", "more/one.yaml");
    write(list(entry("a")), "more/two.yaml");
    const yaml = await start(scriptedProvider({ clock: systemClock }));
    const { next } = watching(yaml);
    write(list(entry("b")), "more/two.yaml");
    await next();
    expect(await served(yaml)).toEqual(["b"]);
    write("include: [three.yaml]\n", "more/one.yaml");
    await expect(next()).rejects.toThrow("there is no such file");
    write(list(entry("c")), "more/three.yaml");
    await next();
    expect(await served(yaml)).toEqual(["c"]);
  });

  it("reloads a strategy's module that changed, and keeps one that did not, with what it learned", async () => {
    const module = (id: string): string =>
      `export const strategy = () => { let count = 0; return { name: 'own', pick: (all) => { count += 1; return all.find((one) => one.deployment.id === (count > 2 ? '${id}' : 'a')); } }; };\n`;
    write(module("b"), "own.mjs");
    const text = `${list(entry("a"), entry("b"), entry("c"))}router_settings: { routing_strategy: ./own.mjs }\n`;
    write(text);
    const yaml = await start(scriptedProvider({ clock: systemClock }));
    const { next } = watching(yaml);
    expect(await served(yaml, 3)).toEqual(["a", "a", "b"]);
    write(`# a comment\n${text}`);
    await next();
    expect(await served(yaml)).toEqual(["b"]);
    write(module("c"), "own.mjs");
    await next();
    expect(await served(yaml, 3)).toEqual(["a", "a", "c"]);
    write(`# another\n${text}`);
    await next();
    expect(await served(yaml)).toEqual(["c"]);
  });

  it("is ignored once it is no longer watched", async () => {
    write(list(entry("a")));
    const yaml = await start(scriptedProvider({ clock: systemClock }));
    let reloads = 0;
    const stop = yaml.watch({
      everyMs: 2,
      onReload: () => {
        reloads += 1;
      },
    });
    stop();
    const { next } = watching(yaml);
    write(list(entry("b")));
    await next();
    expect(reloads).toBe(0);
  });
});
