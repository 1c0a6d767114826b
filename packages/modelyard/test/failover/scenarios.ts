import { openai } from "@modelyard/providers-openai";
import { RouterError } from "@modelyard/core";
import { VirtualClock } from "@modelyard/testing";
import { routerFromYaml } from "../../src/router-from-yaml.js";
import { FaultyVendor, textOf, wholeAnswer } from "./faulty-vendor.js";

/** What a caller saw of one request. */
export interface Seen {
  readonly ok: boolean;
  readonly whole: boolean;
  readonly seconds: number;
  readonly model: string | undefined;
  readonly usage: boolean;
  readonly error: RouterError | undefined;
}

/** The outcome of one scenario, as the caller and the vendor see it. */
export interface Outcome extends Seen {
  readonly vendor: FaultyVendor;
  /** Whether a healthy model is served right afterwards. */
  readonly aliveAfter: boolean;
  /** For a sequence: every request, and when it was sent, in seconds. */
  readonly sequence: readonly (Seen & { readonly sentAt: number })[];
}

/**
 * `pass`: the caller has what it should have, and every check holds. `partial`: it has, but a check that is only advice
 * fails. `safe`: it has not, but a clean error in time. `fail`: anything else.
 */
export type Verdict = "pass" | "partial" | "safe" | "fail";

export interface Scenario {
  readonly name: string;
  readonly model: string;
  readonly fallback?: string;
  /** Longest time for the caller, in seconds. */
  readonly longest: number;
  /** Whether the caller should get an error. */
  readonly refused?: boolean;
  readonly sequence?: boolean;
  readonly required?: (outcome: Outcome) => boolean;
  readonly advised?: (outcome: Outcome) => boolean;
}

const calls = ({ vendor }: Outcome, model: string) => vendor.callsOf(model);

/**
 * Sixteen faults of a vendor, and what a good router makes of each. Source of the faults, bounds and rules:
 * Failover Bench, methodology v0.1 (https://github.com/failoverbench/failoverbench).
 */
export const scenarios: readonly Scenario[] = [
  {
    name: "429 with Retry-After, once",
    model: "limited-once",
    longest: 20,
    required: (outcome) => calls(outcome, "limited-once").filter(({ at }) => at < 1.5).length <= 2,
    advised: (outcome) => {
      const [one, two] = calls(outcome, "limited-once");
      return one !== undefined && two !== undefined && two.at - one.at >= 1.8;
    },
  },
  {
    name: "429 without Retry-After, always",
    model: "limited",
    longest: 40,
    required: (outcome) =>
      calls(outcome, "limited").length <= 6 && calls(outcome, "limited").filter(({ at }) => at < 3).length <= 4,
  },
  {
    name: "500 once",
    model: "fails-once",
    longest: 20,
    advised: (outcome) => calls(outcome, "fails-once").length >= 2,
  },
  { name: "503 always", model: "down", longest: 40, required: (outcome) => calls(outcome, "down").length <= 6 },
  { name: "a reset before the headers, once", model: "resets-once", longest: 20 },
  {
    name: "no answer at all",
    model: "silent",
    longest: 130,
    required: ({ seconds }) => seconds <= 100,
    advised: (outcome) => calls(outcome, "silent").length <= 1,
  },
  { name: "a slow first token", model: "slow", longest: 60, advised: ({ seconds }) => seconds <= 15 },
  { name: "a stream that is cut", model: "cut", longest: 40 },
  {
    name: "a stream that stalls",
    model: "stalls",
    longest: 70,
    required: ({ seconds, aliveAfter }) => seconds <= 45 && aliveAfter,
  },
  {
    name: "an unreadable event",
    model: "garbage",
    longest: 30,
    required: ({ aliveAfter }) => aliveAfter,
    advised: ({ whole }) => whole,
  },
  {
    name: "a stream without an end mark",
    model: "no-end-mark",
    longest: 30,
    required: ({ seconds }) => seconds <= 8,
    advised: ({ usage }) => usage,
  },
  {
    name: "a prompt that is too long",
    model: "too-long",
    longest: 20,
    required: (outcome) => calls(outcome, "too-long").length === 1,
  },
  {
    name: "a prompt that the vendor's policy rejects",
    model: "filtered",
    longest: 20,
    refused: true,
    required: (outcome) => calls(outcome, "filtered").length === 1,
  },
  {
    name: "a stream that is cut, with a fallback that refuses the beginning of an answer",
    model: "cut",
    fallback: "no-prefill",
    longest: 40,
    required: ({ ok, error }) => ok || !/prefill/u.test(error?.message ?? ""),
  },
  {
    name: "an outage of 60 s",
    model: "flapping",
    longest: 200,
    sequence: true,
    required: ({ sequence, vendor }) => {
      const back = vendor.callsOf("flapping").find(({ answered }) => answered)?.at;
      const during = sequence.filter(({ sentAt }) => sentAt < 60);
      return during.every(({ ok }) => ok) && back !== undefined && back - 60 <= 30;
    },
  },
  {
    name: "the answering model in a fallback's answer",
    model: "down",
    longest: 40,
    required: (outcome) => outcome.model === "spare" && calls(outcome, "down").length <= 6,
    advised: ({ usage }) => usage,
  },
];

/** A request every 4 s, twenty times. */
const sequenceLength = 20;
const sequenceGap = 4;

/**
 * Plays one scenario against the real router on a virtual clock.
 * @param settings - everything of the configuration but `model_list`, as YAML; `PRIMARY` and `FALLBACK` stand for the groups
 */
export async function play(scenario: Scenario, settings: string): Promise<Outcome> {
  const clock = new VirtualClock();
  const vendor = new FaultyVendor(clock);
  const fallback = scenario.fallback ?? "spare";
  const entry = (model: string): string =>
    `  - { model_name: ${model}, litellm_params: { model: openai/${model}, api_base: "http://vendor.example.com/v1", api_key: sk-vendor } }\n`;
  const file = `model_list:\n${entry(scenario.model)}${entry(fallback)}${settings.replaceAll("PRIMARY", scenario.model).replaceAll("FALLBACK", fallback)}`;
  const { router, close } = await routerFromYaml(file, {
    router: { clock },
    providers: [openai({ transport: vendor })],
  });
  const ask = (model: string): Promise<Seen> => clock.until(request(router, clock, model));
  let seen: Seen | undefined;
  const sequence: (Seen & { sentAt: number })[] = [];
  for (let index = 0; index < (scenario.sequence === true ? sequenceLength : 1); index += 1) {
    const due = index * sequenceGap;
    if (vendor.seconds < due) await clock.advance((due - vendor.seconds) * 1_000);
    const sentAt = vendor.seconds;
    seen = await ask(scenario.model);
    sequence.push({ ...seen, sentAt });
  }
  const { ok, whole } = await ask(fallback);
  await close();
  return { ...(seen as Seen), vendor, sequence, aliveAfter: ok && whole };
}

type YamlRouter = Awaited<ReturnType<typeof routerFromYaml>>;

async function request(router: YamlRouter["router"], clock: VirtualClock, model: string): Promise<Seen> {
  const startedAt = clock.now();
  let text = "";
  let answeredBy: string | undefined;
  let usage = false;
  const result = (error: RouterError | undefined): Seen => ({
    ok: error === undefined,
    whole: text === wholeAnswer,
    seconds: (clock.now() - startedAt) / 1_000,
    model: answeredBy,
    usage,
    error,
  });
  try {
    const stream = await router.completion({
      model,
      stream: true,
      stream_options: { include_usage: true },
      messages: [{ role: "user", content: "Say sixty words." }],
    });
    for await (const chunk of stream) {
      text += textOf(chunk);
      answeredBy ??= chunk.model;
      usage ||= chunk.usage != null;
    }
    return result(undefined);
  } catch (error) {
    if (!RouterError.isInstance(error)) throw error;
    return result(error);
  }
}

export function judge(scenario: Scenario, outcome: Outcome): Verdict {
  const { ok, whole, seconds, sequence } = outcome;
  const all = scenario.sequence === true ? sequence : [outcome];
  const late = scenario.sequence === true ? sequence.some((each) => each.seconds > 30) : seconds > scenario.longest;
  const truncated = scenario.refused !== true && all.some((each) => each.ok && !each.whole);
  if (late || truncated || scenario.required?.(outcome) === false) return "fail";
  if (scenario.refused === true) return ok ? "partial" : "pass";
  if (!all.every((each) => each.ok) || !whole) return "safe";
  return scenario.advised?.(outcome) === false ? "partial" : "pass";
}
