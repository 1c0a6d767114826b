import { destination, type Logger as Pino, pino } from "pino";

/** Structured logs on standard error; keys, prompts and answers are never among the fields. */
export function createLogger(verbose: boolean): Pino {
  return pino(
    {
      level: verbose ? "debug" : "info",
      base: null,
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
