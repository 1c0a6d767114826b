/**
 * Where a library says what it does. Without one, warnings and errors go to the console; pino's logger fits as it is.
 * Fields never hold keys, prompts or answers.
 */
export interface Logger {
  debug(fields: Readonly<Record<string, unknown>>, message: string): void;
  info(fields: Readonly<Record<string, unknown>>, message: string): void;
  warn(fields: Readonly<Record<string, unknown>>, message: string): void;
  error(fields: Readonly<Record<string, unknown>>, message: string): void;
}

/** Says nothing. */
export const silentLogger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

/* oxlint-disable no-console -- this is the one place that prints */
/** Warnings and errors only, on the console: what is used where no logger is given. */
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
