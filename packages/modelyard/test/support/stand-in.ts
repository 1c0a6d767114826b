import type { Clock, Provider } from "@modelyard/core";
import { scriptedProvider, type ScriptedProvider } from "@modelyard/testing";

/** A scripted provider that is registered in the place of a real one: it has the same name and claims the same models. */
export function standIn({ name, claims, environment }: Provider, clock: Clock): ScriptedProvider {
  return scriptedProvider({ name, claims, environment, clock });
}
