import type { Clock, Provider } from "@modelyard/core";
import { scriptedProvider, type ScriptedProvider } from "@modelyard/testing";

/** A scripted provider that is registered in the place of a real one: it says the same of itself. */
export function standIn(
  { name, claims, environment, api, unserved, ignoredFields }: Provider,
  clock: Clock,
): ScriptedProvider {
  return scriptedProvider({ name, claims, environment, api, unserved, ignoredFields, clock });
}
