import { type Logger as Pino, pino } from "pino";
import type { LogLevel } from "./log-level.js";
import { LogSink } from "./log-sink.js";
import { redactLine } from "./redact-line.js";

/**
 * Creates a logger that writes JSON lines to standard error. Keys, prompts and answers are never among the fields.
 * @param worker - the number of this worker, from 1, which is added to each line
 */
export function createLogger(level: LogLevel, worker?: number): Pino {
  const sink = new LogSink({
    onLost: (lines, code) => {
      logger.warn({ lines, code }, "log lines dropped: the reader was too slow");
    },
  });
  process.on("exit", () => {
    sink.end();
  });
  const logger = pino(
    {
      level,
      base: worker === undefined ? null : { worker },
      hooks: {
        logMethod(args, method, methodLevel) {
          const warns = methodLevel === this.levels.values["warn"];
          if ((worker ?? 1) === 1 || !warns || !isAboutFile(args)) method.apply(this, args);
        },
        streamWrite: redactLine,
      },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    sink,
  );
  return logger;
}

/** Warnings without fields are about the file. All workers read it, so only the first one logs them. */
function isAboutFile([fields]: readonly unknown[]): boolean {
  return typeof fields === "object" && fields !== null && Object.keys(fields).length === 0;
}
