import type { Clock } from "../clock.js";
import type { Logger } from "../logger.js";
import type { Transport } from "../transport.js";
import { part } from "./part.js";

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
