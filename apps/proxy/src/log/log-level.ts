import { createError, didYouMean } from "@modelyard/core/kit";

const levels = ["debug", "info", "warn", "error", "silent"] as const;
export type LogLevel = (typeof levels)[number];

/**
 * The level that `MODELYARD_LOG` sets, or `undefined` if it is not set.
 * @throws `invalid_option` if its value is not a valid level
 */
export function logLevel({ MODELYARD_LOG: word = "" }: NodeJS.ProcessEnv = process.env): LogLevel | undefined {
  if (word === "") return undefined;
  const level = levels.find((one) => one === word.toLowerCase());
  if (level !== undefined) return level;
  const message = `The environment variable MODELYARD_LOG is "${word}", but it must be one of ${levels.join(", ")}.${didYouMean(word, levels)}`;
  throw createError({ kind: "invalid_option", message });
}
