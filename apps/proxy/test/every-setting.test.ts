import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Secret, silentLogger } from "@modelyard/core";
import { isJsonObject } from "@modelyard/core/kit";
import {
  type Kind,
  partsOf,
  type Place,
  rowsAt,
  type Setting,
  settingIn,
  settingRows,
  settings,
} from "@modelyard/core/settings";
import { createGateway, toFetchHandler } from "@modelyard/gateway";
import { answers, scriptedProvider, VirtualClock } from "@modelyard/testing";
import { type CreateRouterOptions, createRouter, filePathsOf, parseConfig, type Router } from "modelyard";
import { afterAll, describe, expect, it, vi } from "vitest";
import { explainFile } from "../src/explain/explain.js";
import { explainReport } from "../src/explain/explain-report.js";
import { withoutColors } from "../src/terminal/paint.js";

/** A value of each kind that differs from every default: as written in a file, as written in a body, and as an option. */
interface Sample {
  readonly written: unknown;
  readonly option: unknown;
}

const plain = (value: unknown): Sample => ({ written: value, option: value });

const samples: Readonly<Record<Exclude<Kind, "choice">, Sample | undefined>> = {
  count: plain(7),
  positiveCount: plain(7),
  amount: plain(7),
  number: plain(7),
  price: plain(0.007),
  share: plain(0.7),
  rate: plain(7),
  duration: { written: 7, option: 7_000 },
  timeLimit: { written: 7, option: 7_000 },
  callTimeLimit: { written: 7, option: 7_000 },
  flag: undefined,
  text: plain("seven"),
  texts: plain(["seven"]),
  oneOrMoreTexts: plain(["seven"]),
  fields: plain({ top_k: 7 }),
  requestFields: plain({ top_k: 7 }),
  headerText: plain("org-7"),
  headers: { written: { "x-seven": "7" }, option: { "x-seven": new Secret("7") } },
  apiKey: { written: "key-7", option: new Secret("key-7") },
  address: plain("https://seven.example"),
  deploymentId: plain("seven"),
  groupName: plain("m"),
  modelName: plain("openai/m"),
  object: undefined,
  objectOrOff: plain(false),
  deployments: undefined,
  groups: { written: { m: { num_retries: 7 } }, option: { m: { numRetries: 7 } } },
  aliases: plain({ seven: "m" }),
  routingGroups: { written: [{ group_name: "seven", models: ["m"] }], option: { seven: ["m"] } },
  fallbacks: { written: [{ m: ["spare"] }], option: [{ m: ["spare"] }] },
  fallbackList: plain(["spare"]),
  requestFallbacks: plain(["spare"]),
  retryPolicy: { written: { TimeoutErrorRetries: 7 }, option: { Timeout: 7 } },
  groupRetryPolicies: { written: { m: { RateLimitErrorRetries: 7 } }, option: { m: { RateLimitError: 7 } } },
  allowedFailsPolicy: { written: { RateLimitErrorAllowedFails: 7 }, option: { RateLimitError: 7 } },
  affinity: plain(["user"]),
  dropParams: plain(["seed"]),
  fieldPaths: plain(["tools[*].strict"]),
  midStreamFallback: plain("continue"),
  operations: { written: ["acompletion"], option: ["chat"] },
  groupLists: plain([["m", "spare"]]),
  capability: plain(false),
  refusals: { written: { developer_role: true }, option: { developerRole: true } },
  continuation: plain({ message: { prefix: true } }),
  finishReasons: plain({ odd: "stop" }),
  clientSideParams: plain(["api_key"]),
  priceTiers: undefined,
  signal: undefined,
  cancellation: undefined,
  requestText: undefined,
  forwardedHeaders: plain({ "vendor-beta": "seven" }),
};

function sampleOf(setting: Setting, place: Place): Sample {
  // With a provider that cannot be called here, there would be no deployment to check.
  if (setting === settings.provider) return plain("azure");
  const kind = place === "call" ? (setting.call?.kind ?? setting.kind) : setting.kind;
  if (kind === "choice") return plain(setting.choices?.at(-1));
  if (kind === "flag") return plain(setting.default !== true);
  const sample = samples[kind];
  if (sample === undefined) throw new Error(`there is no sample of the kind ${kind}`);
  return sample;
}

const folder = mkdtempSync(join(tmpdir(), "modelyard-settings-"));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

type Path = readonly (string | number)[];

/** A file with one key per line that sets a path, and the number of the line that sets it. */
function fileWith(path: Path, value: unknown): { readonly text: string; readonly line: number } {
  const root: Record<string, unknown> = {
    model_list: [
      { model_name: "m", litellm_params: { model: "openai/m", api_key: "k" }, model_info: {} },
      { model_name: "spare", litellm_params: { model: "openai/spare", api_key: "k" } },
    ],
    router_settings: { cache_kwargs: {} },
    // The settings of Redis are only read; nothing connects to it.
    litellm_settings: { cache: true, cache_params: path.join().includes("redis") ? { type: "redis", host: "h" } : {} },
  };
  let node: unknown = root;
  for (const part of path.slice(0, -1)) {
    const holder = node as Record<string | number, unknown>;
    holder[part] ??= {};
    node = holder[part];
  }
  (node as Record<string | number, unknown>)[path.at(-1) ?? ""] = value;
  const lines: string[] = [];
  let found = 0;
  const write = (entry: unknown, indent: string, at: Path): void => {
    for (const [key, inner] of Object.entries(entry as object)) {
      const here = [...at, Array.isArray(entry) ? Number(key) : key];
      const own = here.join("\n") === path.join("\n");
      const isOpen = !own && (isJsonObject(inner) || Array.isArray(inner)) && Object.keys(inner as object).length > 0;
      lines.push(`${indent}${Array.isArray(entry) ? "-" : `${key}:`}${isOpen ? "" : ` ${JSON.stringify(inner)}`}`);
      if (own) found = lines.length;
      if (isOpen) write(inner, `${indent}  `, here);
    }
  };
  write(root, "", []);
  return { text: `${lines.join("\n")}\n`, line: found };
}

/** Every place in a file that a row names. */
const inFiles = (["router", "group", "deployment"] as const).flatMap((at) =>
  rowsAt(at).flatMap(([name, setting]) => {
    if (["deployments", "priceTiers"].includes(setting.kind) || name === "info") return [];
    const place = at === "router" ? { at } : at === "group" ? { at, group: "m" } : { at, entry: 0 };
    const paths = (["memory", "redis"] as const).flatMap((cache) => filePathsOf(name, place, cache));
    const distinct = [...new Map(paths.map((path) => [path.join("."), path])).values()];
    return distinct.map((path) => ({ at, name, setting, path, shown: path.join(".") }));
  }),
);

/** What `explain` shows for the requested name. */
const askedAs: Readonly<Partial<Record<Kind, string>>> = { aliases: "seven", routingGroups: "seven" };
/** Kinds of settings that have no lines of their own in a file, only those of the settings in them. */
const containers: ReadonlySet<Kind> = new Set<Kind>(["groups", "objectOrOff"]);

describe("a setting in a file", () => {
  it.each(inFiles)("sets $name of the $at: $shown", ({ at, name, setting, path }) => {
    const sample = sampleOf(setting, at);
    const { router, warnings } = parseConfig(fileWith(path, sample.written).text);
    expect(warnings).toEqual([]);
    const options = { router, group: router.groups?.["m"], deployment: router.modelList[0] }[at];
    expect(settingIn(options, name)).toEqual(sample.option);
    // A key that is not a setting would be sent to the vendor as a field of every request.
    const expected = ["defaults", "defaultParams"].includes(name) ? sample.option : undefined;
    expect(at === "router" ? router.defaultParams : router.modelList[0]?.defaults).toEqual(expected);
  });

  it.each(inFiles.filter(({ setting }) => !containers.has(setting.kind)))(
    "is shown by explain with its line: $shown",
    async ({ at, setting, path }) => {
      const { text, line } = fileWith(path, sampleOf(setting, at).written);
      const file = join(folder, "config.yaml");
      writeFileSync(file, text);
      const explained = explainReport(await explainFile(file, { model: askedAs[setting.kind] ?? "m" }), withoutColors);
      // The policies of single groups are nested below this key.
      const below =
        setting.kind === "groupRetryPolicies" || setting.kind === "routingGroups" || setting.kind === "aliases";
      const lines = below || setting.kind === "fallbacks" ? [line, line + 1] : [line];
      expect(lines.some((one) => explained.includes(`  ${file}:${String(one)}\n`))).toBe(true);
    },
  );
});

describe("a router setting in the wrong section of a file", () => {
  const sections = ["router_settings", "litellm_settings", "general_settings"];
  const wrong = inFiles.flatMap(({ at, name, setting, path: [home = "", key = "", ...deeper] }) => {
    const homes = (setting.router ?? []).map((entry) => (typeof entry === "string" ? entry : entry.path));
    const [first = ""] = homes;
    if (at !== "router" || deeper.length > 0 || first !== `${String(home)}.${String(key)}`) return [];
    return sections
      .filter((section) => !homes.includes(`${section}.${String(key)}`))
      .map((section) => ({ name, setting, section, home: String(home), key: String(key) }));
  });

  it.each(wrong)("has no effect: $key in $section", ({ name, setting, section, key }) => {
    const { text } = fileWith([section, key], sampleOf(setting, "router").written);
    // LiteLLM's own keys of that section are a warning; everything else is an error that names the right section.
    const { router, warnings } = parseConfig(text, { lenient: true });
    expect(settingIn(router, name) ?? setting.default).not.toEqual(sampleOf(setting, "router").option);
    expect(warnings.map(({ path }) => path)).toContain(`${section}.${key}`);
  });
});

const clock = new VirtualClock();

function routerWith(more: object = {}): Router {
  const options: CreateRouterOptions = {
    providers: [scriptedProvider({ name: "openai", clock })],
    modelList: [{ modelName: "m", model: "openai/m" }],
    logger: silentLogger,
    ...more,
  };
  return createRouter(options);
}

const topLevel = settingRows.filter(([name]) => partsOf(name).parent === undefined);
const places = ["router", "group", "deployment", "call"] as const;

describe("a setting in the wrong place", () => {
  const misplaced = places.flatMap((place) =>
    topLevel.filter(([, setting]) => setting[place] === undefined).map(([name]) => ({ name, place })),
  );

  const under = { router: "", group: "groups.m.", deployment: "modelList[0].", call: "" };

  async function setAt(place: Place, set: object): Promise<unknown> {
    if (place === "call") return routerWith().completion({ model: "m", messages: [] }, set);
    if (place === "group") return routerWith({ groups: { m: set } });
    if (place === "router") return routerWith(set);
    return routerWith({ modelList: [{ modelName: "m", model: "openai/m", ...set }] });
  }

  it.each(misplaced)("is refused: $name of a $place", async ({ name, place }) => {
    await expect(setAt(place, { [name]: 7 })).rejects.toThrow(`${under[place]}${name}: unknown option`);
  });
});

describe("a control field of a request", () => {
  const inBodies = rowsAt("call").flatMap(([, setting]) =>
    (setting.call?.body ?? []).map((field) => ({ setting, field })),
  );

  it.each(inBodies)("is not sent to a vendor: $field", async ({ setting, field }) => {
    const { written } = sampleOf(setting, "call");
    const value = setting.kind === "choice" ? true : written;
    const [first = "", control] = field.split(".");
    const provider = scriptedProvider({ name: "openai", clock });
    const router = routerWith({
      providers: [provider],
      modelList: [
        { modelName: "m", model: "openai/m", regionName: "seven", clientSideAuthParams: ["api_key", "api_base"] },
        { modelName: "spare", model: "openai/spare" },
      ],
      fallbacks: { m: ["spare"] },
      contextWindowFallbacks: { m: ["spare"] },
      contentPolicyFallbacks: { m: ["spare"] },
      clock,
    });
    const body = { model: "m", messages: [], [first]: control === undefined ? value : { [control]: value } };
    const address = field === "api_base" || field === "base_url" ? { [field]: "https://seven.example" } : {};
    await clock.until(router.completion({ ...body, ...address }));
    for (const { call } of provider.calls) expect(Object.keys(call.request)).not.toContain(first);
    expect(provider.calls.length).toBe(setting.kind === "text" && field === "mock_response" ? 0 : 1);
  });

  const headers = rowsAt("call").filter(([name, { call }]) => call?.header !== undefined && name !== "callId");
  const controls: Readonly<Record<string, string>> = {
    "cache.noCache": "no-cache",
    "cache.noStore": "no-store",
    "cache.maxAgeMs": "max-age=7",
  };

  it.each(headers)("is read from its header: %s", async (name, setting) => {
    const { written, option } = sampleOf(setting, "call");
    const router = routerWith();
    const execute = vi.spyOn(router, "execute");
    const handler = toFetchHandler(createGateway(router));
    await handler(
      new Request("http://localhost/v1/chat/completions", {
        method: "POST",
        headers: {
          "content-type": "application/json",
          [setting.call?.header ?? ""]: controls[name] ?? (Array.isArray(written) ? written.join() : String(written)),
        },
        body: JSON.stringify({ model: "m", messages: [{ role: "user", content: "Hello" }] }),
      }),
    );
    expect(settingIn(execute.mock.calls[0]?.[2], name)).toEqual(option);
  });
});

describe("single flight", () => {
  const pairs = rowsAt("call").filter(
    ([name, { kind, call }]) =>
      call?.flight !== "answer" &&
      !["signal", "cancellation", "requestText", "object"].includes(kind) &&
      // These only apply to the caller itself: a call that bypasses the cache does not share calls in flight either.
      !["fromClient", "cache.noCache"].includes(name),
  );

  const inAnswers = rowsAt("call").filter(([, { kind, call }]) => call?.flight === "answer" && kind !== "object");

  it.each(inAnswers)("separates calls whose answers differ by %s", async (name, setting) => {
    const provider = scriptedProvider({ name: "openai", clock });
    provider.script("m", answers("Hello", { delayMs: 100 }));
    const deployment = { regionName: "seven", tags: ["default"], clientSideAuthParams: ["api_key", "api_base"] };
    const router = routerWith({
      providers: [provider],
      modelList: [{ modelName: "m", model: "openai/m", ...deployment }],
      clock,
      cache: { singleFlight: true },
      enableTagFiltering: true,
    });
    const { parent, key } = partsOf(name);
    const option = name === "clientAuth.apiBase" ? "https://seven.example" : sampleOf(setting, "call").option;
    const differing = parent === undefined ? { [key]: option } : { [parent]: { [key]: option } };
    const body = { model: "m", messages: [{ role: "user" as const, content: "Hello" }] };
    const both = await clock.until(Promise.allSettled([router.completion(body), router.completion(body, differing)]));
    const shared = both.filter((one) => one.status === "fulfilled" && one.value.routing.cache === "shared");
    expect(shared).toEqual([]);
  });

  it.each(
    pairs.map(([name, setting]) => [setting.call?.flight === "own" ? "shared" : "apart", name, setting] as const),
  )("keeps calls %s that differ in %s", async (together, name, setting) => {
    const provider = scriptedProvider({ name: "openai", clock });
    provider.script("m", answers("Hello", { delayMs: 100 }));
    const router = routerWith({ providers: [provider], clock, cache: { singleFlight: true } });
    const { parent, key } = partsOf(name);
    const { option } = sampleOf(setting, "call");
    const differing = parent === undefined ? { [key]: option } : { [parent]: { [key]: option } };
    const body = { model: "m", messages: [{ role: "user" as const, content: "Hello" }] };
    await clock.until(Promise.all([router.completion(body), router.completion(body, differing)]));
    expect(provider.calls).toHaveLength(together === "shared" ? 1 : 2);
  });
});
