import type { SharedV4ProviderOptions } from "@ai-sdk/provider";
import type { JsonObject } from "@modelyard/core";
import { isJsonObject } from "@modelyard/core/kit";
import type { Effort, HubRequest } from "@modelyard/wires";
import { flagOf, given, numberOf, textOf } from "../given.js";
import type { LossList } from "./loss-list.js";

/** What options of vendors say about a call. */
export type ProviderSettings = Partial<
  Pick<
    HubRequest,
    | "caching"
    | "context"
    | "identity"
    | "output"
    | "parallelToolCalls"
    | "reasoning"
    | "sampling"
    | "service"
    | "state"
    | "wants"
  >
> & {
  readonly strict?: boolean;
  readonly maxToolCalls?: number;
  /** What OpenAI's answers have on demand. */
  readonly include?: readonly string[];
};

type Reader = (options: Fields) => ProviderSettings;

/** The options of a namespace. Those that are not read are reported. */
class Fields {
  readonly #read = new Set<string>();
  readonly #value: JsonObject;

  constructor(value: JsonObject) {
    this.#value = value;
  }

  any(key: string): unknown {
    this.#read.add(key);
    return this.#value[key];
  }

  text(key: string): string | undefined {
    return textOf(this.any(key));
  }

  flag(key: string): boolean | undefined {
    return flagOf(this.any(key));
  }

  number(key: string): number | undefined {
    return numberOf(this.any(key));
  }

  object(key: string): JsonObject | undefined {
    const value = this.any(key);
    return isJsonObject(value) ? value : undefined;
  }

  get rest(): readonly string[] {
    return Object.keys(this.#value).filter((key) => !this.#read.has(key));
  }
}

function textsOf(value: unknown): readonly string[] | undefined {
  return Array.isArray(value) ? value.filter((one) => typeof one === "string") : undefined;
}

const shown: ReadonlySet<unknown> = new Set(["auto", "concise", "detailed"]);

const efforts: Readonly<Record<Effort, Effort>> = {
  none: "none",
  minimal: "minimal",
  low: "low",
  medium: "medium",
  high: "high",
  xhigh: "xhigh",
  max: "max",
};

function effortOf(value: string | undefined): Effort | undefined {
  return value !== undefined && Object.hasOwn(efforts, value) ? efforts[value as Effort] : undefined;
}

function readOpenai(options: Fields): ProviderSettings {
  const summary = options.any("reasoningSummary");
  const logprobs = options.any("logprobs");
  return {
    reasoning: given({
      effort: effortOf(options.text("reasoningEffort")),
      show: summary === null ? "none" : shown.has(summary) ? (summary as "auto") : undefined,
    }),
    ...given({
      parallelToolCalls: options.flag("parallelToolCalls"),
      strict: options.flag("strictJsonSchema"),
      maxToolCalls: options.number("maxToolCalls"),
      include: textsOf(options.any("include")),
    }),
    state: given({
      store: options.flag("store"),
      previousResponseId: options.text("previousResponseId"),
      conversation: options.text("conversation"),
    }),
    service: given({ tier: options.text("serviceTier") }),
    identity: given({
      user: options.text("user"),
      safetyIdentifier: options.text("safetyIdentifier"),
      metadata: options.object("metadata"),
    }),
    caching: given({ key: options.text("promptCacheKey"), retention: options.text("promptCacheRetention") }),
    output: given({ verbosity: options.text("textVerbosity"), prediction: options.object("prediction") }),
    sampling: given({
      logitBias: options.object("logitBias"),
      logprobs: logprobs === true || typeof logprobs === "number" ? true : undefined,
      topLogprobs: numberOf(logprobs),
    }),
    context: given({ truncation: options.text("truncation") }),
  };
}

function readAnthropic(options: Fields): ProviderSettings {
  const thinking = options.object("thinking");
  const mark = options.object("cacheControl");
  const parallel = options.flag("disableParallelToolUse");
  const modes: Readonly<Record<string, "off" | "budget" | "adaptive">> = {
    disabled: "off",
    enabled: "budget",
    adaptive: "adaptive",
  };
  // How the SDK's own provider presents answers; a router needs no such choice.
  options.any("sendReasoning");
  options.any("structuredOutputMode");
  return {
    reasoning: given({
      mode: modes[textOf(thinking?.["type"]) ?? ""],
      budgetTokens: numberOf(thinking?.["budgetTokens"]),
      effort: effortOf(options.text("effort")),
    }),
    ...given({ parallelToolCalls: parallel === undefined ? undefined : !parallel }),
    caching: mark === undefined ? {} : { auto: { extra: { messages: mark } } },
    identity: given({ user: textOf(options.object("metadata")?.["userId"]) }),
    service: given({ speed: options.text("speed") }),
  };
}

const readers: Readonly<Record<string, Reader>> = { openai: readOpenai, azure: readOpenai, anthropic: readAnthropic };

/** Reads the options of all vendors: every deployment of a group gets what it can use. */
export function readProviderOptions(options: SharedV4ProviderOptions = {}, losses: LossList): ProviderSettings {
  let settings: ProviderSettings = {};
  for (const [namespace, value] of Object.entries(options)) {
    const read = Object.hasOwn(readers, namespace) ? readers[namespace] : undefined;
    if (namespace === "modelyard") continue;
    if (read === undefined) {
      losses.dropped(`providerOptions.${namespace}`, "Only a deployment that is a model of that provider reads it.");
      continue;
    }
    const fields = new Fields(value);
    settings = merged(settings, read(fields));
    for (const key of fields.rest) losses.dropped(`providerOptions.${namespace}.${key}`, "Routers do not know it.");
  }
  return settings;
}

/** Settings of one vendor after those of another, group by group. */
function merged(earlier: ProviderSettings, later: ProviderSettings): ProviderSettings {
  const both: Record<string, unknown> = { ...earlier };
  for (const [key, value] of Object.entries(later)) {
    const before = both[key];
    both[key] = isJsonObject(before) && isJsonObject(value) ? { ...before, ...value } : value;
  }
  return both;
}
