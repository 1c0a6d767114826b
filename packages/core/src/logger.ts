/**
 * Receives the log messages of the router. By default, warnings and errors go to the console. A pino logger can be used
 * as it is. Fields never contain keys, prompts or answers.
 */
export interface Logger {
  debug(fields: Readonly<Record<string, unknown>>, message: string): void;
  info(fields: Readonly<Record<string, unknown>>, message: string): void;
  warn(fields: Readonly<Record<string, unknown>>, message: string): void;
  error(fields: Readonly<Record<string, unknown>>, message: string): void;
}

/** Logs nothing. */
export const silentLogger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

/* oxlint-disable no-console -- this is the one place that prints */
/** The default logger: writes warnings and errors to the console. */
export const consoleLogger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: (fields, message) => {
    console.warn(...printed(fields, message));
  },
  error: (fields, message) => {
    console.error(...printed(fields, message));
  },
};

function printed(fields: Readonly<Record<string, unknown>>, message: string): readonly unknown[] {
  return Object.keys(fields).length === 0 ? [`modelyard: ${message}`] : [`modelyard: ${message}`, fields];
}
