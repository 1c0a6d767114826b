import type { JsonObject } from "@modelyard/core";
import { isJsonObject } from "@modelyard/core/kit";

/**
 * The error that a choice holds in the place of an answer, as OpenRouter reports failures of the hosts behind it.
 * @returns what `error` is, under that name as in a body that is an error; `undefined`: no choice failed
 */
export function failedChoice(choices: unknown): JsonObject | undefined {
  if (!Array.isArray(choices)) return undefined;
  // Asked for every answer and most events: a loop over indexes allocates nothing.
  for (let index = 0; index < choices.length; index += 1) {
    const choice: unknown = choices[index];
    if (isJsonObject(choice) && choice["error"] != null) return { error: choice["error"] };
  }
  return undefined;
}
