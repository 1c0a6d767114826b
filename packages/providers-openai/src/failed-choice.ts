import type { JsonObject } from "@modelyard/core";
import { isJsonObject } from "@modelyard/core/kit";

/**
 * The error in a choice, in place of an answer. This is how OpenRouter reports failures of the hosts behind it.
 * @returns an object with that `error`, like the body of a failure; `undefined`: no choice failed
 */
export function failedChoice(choices: unknown): JsonObject | undefined {
  if (!Array.isArray(choices)) return undefined;
  // Called for every answer and most events. A loop over indexes allocates nothing.
  for (let index = 0; index < choices.length; index += 1) {
    const choice: unknown = choices[index];
    if (isJsonObject(choice) && choice["error"] != null) return { error: choice["error"] };
  }
  return undefined;
}
