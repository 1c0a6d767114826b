import type { Clock } from "../clock-and-random.js";
import type { Logger } from "../logger.js";
import type { Strategy } from "../strategy.js";
import type { Transport } from "../transport.js";
import { part } from "./part.js";
import { fault, type Rule, shown } from "./rules.js";

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
