import { type Logger as Pino, pino } from "pino";
import type { LogLevel } from "./log-level.js";
import { LogSink } from "./log-sink.js";
import { redactLine } from "./redact-line.js";

/**
 * Structured logs on standard error; keys, prompts and answers are never among the fields.
 * @param worker - which of several this process is, from 1; on each of its lines
 */
export function createLogger(level: LogLevel, worker?: number): Pino {
  const sink = new LogSink({
    onLost: (lines, code) => {
      logger.warn({ lines, code }, "lines of this log are lost: nobody took them in time");
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
          if ((worker ?? 1) === 1 || !warns || !aboutTheFile(args)) method.apply(this, args);
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

/** Warnings without fields are about the file, which all workers read: the first one tells of it for all. */
function aboutTheFile([fields]: readonly unknown[]): boolean {
  return typeof fields === "object" && fields !== null && Object.keys(fields).length === 0;
}
