import { InvalidArgumentError, Option } from "commander";

export function port(text: string): number {
  const value = text === "" ? Number.NaN : Number(text);
  if (!Number.isInteger(value) || value < 0 || value > 65_535)
    throw new InvalidArgumentError("It must be a whole number from 0 to 65535.");
  return value;
}

export function seconds(text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value < 0)
    throw new InvalidArgumentError("It must be a number of seconds, 0 or more.");
  return value;
}

export function secondsAboveZero(text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0) throw new InvalidArgumentError("It must be a number of seconds above 0.");
  return value;
}

/** A parser for whole numbers from 1 to a limit. */
export function countUpTo(most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!Number.isInteger(value) || value < 1 || value > most)
      throw new InvalidArgumentError(`It must be a whole number from 1 to ${String(most)}.`);
    return value;
  };
}

export function fileName(text: string): string {
  // A shell passes an unset variable as an empty string.
  if (text === "") throw new InvalidArgumentError("A file name is required.");
  return text;
}

function collected(folder: string, before: readonly string[] = []): readonly string[] {
  return [...before, fileName(folder)];
}

/** The option for further folders of included files. */
export function includeFrom(): Option {
  return new Option("--include-from <folder>", "a folder from which files may be included; can be repeated").argParser(
    collected,
  );
}

/** The option `--strict`, which cannot be combined with `--lenient`. */
export function strict(): Option {
  return new Option("--strict", "treat warnings as errors").conflicts("lenient");
}

export function lenient(): Option {
  return new Option("--lenient", "treat errors in the file as warnings where possible");
}

export function noEnv(): Option {
  return new Option("--no-env", "assume that all environment variables are set, to check a file without its secrets");
}
