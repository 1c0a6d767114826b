import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { createError } from "@modelyard/core/kit";
import { priceCatalog } from "modelyard";
import { check } from "../check.js";
import { checkReport } from "../check-report.js";
import { wrapped } from "../terminal/columns.js";
import type { Paint } from "../terminal/paint.js";
import { findKeys, type FoundKey, keyVariables } from "./find-keys.js";
import { starters } from "./starters.js";
import { writeConfig } from "./write-config.js";

const lineWidth = 100;
const masterKey = "LITELLM_MASTER_KEY";
/** Where the JSON Schema is if the package `modelyard` is installed beside the file. */
const installedSchema = "./node_modules/modelyard/schema.json";

function refused(message: string, cause?: unknown): Error {
  return createError({ kind: "invalid_option", message, cause });
}

function noModel(keys: readonly FoundKey[]): Error {
  const found = keys.map(({ variable }) => variable).join(", ");
  const why =
    found === ""
      ? "No vendor's key is in the environment"
      : `The keys in the environment (${found}) are not enough to choose a model`;
  const lines = wrapped("  ", keyVariables(Object.keys(starters)), lineWidth);
  return refused([`${why}, so nothing was written. Set one of these variables:`, ...lines].join("\n"));
}

/**
 * Writes a configuration for the keys that are in the environment.
 * @returns the text to print
 * @throws if there is no key, or if the file exists
 */
export async function init(
  file: string,
  env: Readonly<Record<string, string | undefined>>,
  paint: Paint,
): Promise<string> {
  const keys = findKeys(env);
  const text = writeConfig(keys, {
    file,
    catalog: await priceCatalog(),
    masterKey: (env[masterKey] ?? "").trim() === "" ? undefined : masterKey,
    schema: existsSync(join(dirname(file), installedSchema)) ? installedSchema : undefined,
  });
  if (text === undefined) throw noModel(keys);
  try {
    await writeFile(file, text, { flag: "wx" });
  } catch (cause) {
    const { code = "an error" } = cause as NodeJS.ErrnoException;
    if (code !== "EEXIST") throw refused(`${file} cannot be written: ${code}.`, cause);
    throw refused(`${file} exists already and was not changed. Name another file: modelyard init other.yaml`, cause);
  }
  return [
    `Wrote ${paint("bold", file)} for ${keys.map(({ variable }) => variable).join(", ")}. It contains no key.`,
    "",
    checkReport(await check(file), paint),
    "Next:",
    `  npx modelyard doctor ${file}      calls every deployment once`,
    `  npx modelyard --config ${file}    serves`,
    "",
  ].join("\n");
}
