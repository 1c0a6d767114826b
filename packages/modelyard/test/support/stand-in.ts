import type { Clock, Provider } from "@modelyard/core";
import { scriptedProvider, type ScriptedProvider } from "@modelyard/testing";

/** A scripted provider that replaces a real one and has the same identity. */
export function standIn(
  { name, operations, claims, environment, api, unserved, ignoredFields }: Provider,
  clock: Clock,
): ScriptedProvider {
  return scriptedProvider({ name, operations, claims, environment, api, unserved, ignoredFields, clock });
}
