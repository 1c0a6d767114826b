import type { Cache } from "../cache.js";
import type { Clock, Random } from "../clock-and-random.js";
import type { CooldownPolicy } from "../cooldown.js";
import { type Callback, routerEventTypes } from "../events.js";
import type { Logger } from "../logger.js";
import type { SharedState } from "../shared-state.js";
import type { Filter, Strategy } from "../strategy.js";
import type { Transport } from "../transport.js";
import { part } from "./part.js";
import { choice, fault, list, type Rule, shown } from "./rules.js";

export const clock = part<Clock>({
  what: "a clock",
  example: "systemClock",
  methods: ["now", "setTimer", "clearTimer"],
});

export const logger = part<Logger>({
  what: "a logger",
  example: "pino()",
  methods: ["debug", "info", "warn", "error"],
});

export const transport = part<Transport>({
  what: "a transport",
  example: "createTransport()",
  methods: ["send", "close"],
});

/** The name of a part, which appears in configurations, logs and metrics. */
export const partName: Rule = (value, path) =>
  typeof value === "string" && /^[\w.-]{1,100}$/u.test(value)
    ? undefined
    : fault(path, `${shown(value)} is not a valid name.`, 'Use 1 to 100 letters, digits, ".", "_" and "-".');

const strategyPart = part<Strategy>({
  what: "a strategy",
  example: "leastBusy()",
  methods: ["pick"],
  mayHave: ["observe", "review", "snapshot", "restore", "delta", "merge"],
  texts: ["name"],
});

export const strategy: Rule = (value, path) =>
  strategyPart(value, path) ?? partName((value as Strategy).name, `${path}.name`);

const cooldownPart = part<CooldownPolicy>({
  what: "a cooldown policy",
  example: "failureRate()",
  methods: ["watch"],
  texts: ["name"],
});

export const cooldown: Rule = (value, path) =>
  cooldownPart(value, path) ?? partName((value as CooldownPolicy).name, `${path}.name`);

const filterPart = part<Filter>({
  what: "a filter",
  example: '{ name: "mine", reject }',
  methods: ["reject"],
  texts: ["name"],
});

export const filter: Rule = (value, path) =>
  filterPart(value, path) ?? partName((value as Filter).name, `${path}.name`);

const callbackPart = part<Callback>({
  what: "a callback",
  example: "prometheusCallback()",
  methods: ["on"],
  mayHave: ["start", "flush", "close"],
  texts: ["name"],
  lists: ["events"],
});

/** Checks the names of events too, because a misspelled one would never match. */
export const callback: Rule = (value, path) =>
  callbackPart(value, path) ?? list(choice(routerEventTypes))((value as Callback).events, `${path}.events`);

export const responseCache = part<Cache>({
  what: "a cache",
  example: "memoryCache()",
  methods: ["get", "set", "delete", "close"],
  texts: ["name"],
});

export const sharedState = part<SharedState>({
  what: "a shared state",
  example: "redisState({ url })",
  methods: [
    "reserve",
    "settle",
    "extend",
    "used",
    "startCooldown",
    "endCooldown",
    "cooldowns",
    "onCooldown",
    "onAvailability",
    "close",
  ],
  mayHave: ["gossip"],
  texts: ["name"],
});

export const random = part<Random>({
  what: "a random number source",
  example: "systemRandom",
  methods: ["next", "id"],
});
