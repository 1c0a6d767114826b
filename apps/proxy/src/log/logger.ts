import { destination, type Logger as Pino, pino } from "pino";

/**
 * Structured logs on standard error; keys, prompts and answers are never among the fields.
 * @param worker - which of several this process is, from 1; on each of its lines
 */
export function createLogger(verbose: boolean, worker?: number): Pino {
  return pino(
    {
      level: verbose ? "debug" : "info",
      base: worker === undefined ? null : { worker },
      hooks: {
        logMethod(args, method, level) {
          const warns = level === this.levels.values["warn"];
          if ((worker ?? 1) === 1 || !warns || !aboutTheFile(args)) method.apply(this, args);
        },
      },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: {
        paths: ["*.apiKey", "*.api_key", "*.authorization", "*.password", "*.messages", "*.prompt"],
        censor: "[redacted]",
      },
    },
    destination({ fd: 2, sync: true }),
  );
}

/** Warnings without fields are about the file, which all workers read: the first one tells of it for all. */
function aboutTheFile([fields]: readonly unknown[]): boolean {
  return typeof fields === "object" && fields !== null && Object.keys(fields).length === 0;
}
