import type { CallOptions } from "@modelyard/core";
import { type FallbackEntry, invalidOption } from "@modelyard/core/kit";
import type { FallbackLists } from "@modelyard/policies";
import { entryOptions } from "./control-fields.js";

/**
 * Checks the fields that the fallback entries of a configuration set.
 * @throws `invalid_option` for fields that a fallback cannot set, or whose value is invalid
 */
export function checkFallbackEntries({ general, contextWindow, contentPolicy }: FallbackLists): void {
  checkEntries("fallbacks", general);
  checkEntries("contextWindowFallbacks", contextWindow);
  checkEntries("contentPolicyFallbacks", contentPolicy);
}

function checkEntries(label: string, map: ReadonlyMap<string, readonly FallbackEntry[]>): void {
  for (const [group, entries] of map) {
    for (const [position, entry] of entries.entries()) {
      if (typeof entry === "string") continue;
      const path = `${label}.${group}[${String(position)}]`;
      let options: CallOptions | undefined;
      try {
        options = entryOptions(entry);
      } catch (cause) {
        throw invalidOption(path, cause instanceof Error ? cause.message : "it is not valid.", "Correct it.");
      }
      if (options?.clientAuth !== undefined)
        throw invalidOption(path, "a fallback cannot set a key or an address.", "Set them in the model list.");
    }
  }
}
