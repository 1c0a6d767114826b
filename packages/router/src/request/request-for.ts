import type { JsonObject } from "@modelyard/core";
import type { DeploymentRuntime } from "../state/deployment-runtime.js";
import type { Call } from "./call.js";
import { dropFields, parseDroppedField } from "./dropped-field.js";

export interface BuiltRequest {
  /** The caller's own body when nothing of it changes. */
  readonly body: JsonObject;
  /** Paths of the fields that it had and that are never sent. */
  readonly dropped: readonly string[];
}

const none: readonly string[] = Object.freeze([]);

/** A call's body for one deployment: defaults filled in, fields that are never sent taken out. */
export function requestFor(call: Call, runtime: DeploymentRuntime): BuiltRequest {
  const { request, options } = call;
  const body = runtime.defaults === undefined ? request : { ...runtime.defaults, ...request };
  const asked = options.additionalDropParams;
  if (runtime.dropped.length === 0 && asked === undefined) return { body, dropped: none };
  const fields = (asked ?? none).map((path) => parseDroppedField(path, "additionalDropParams"));
  return dropFields(body, [...runtime.dropped, ...fields]);
}

/** Entries of two lists that may be missing; no new list where one of them is. */
export function bothLists(
  one: readonly string[] | undefined,
  other: readonly string[] | undefined,
): readonly string[] | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return [...one, ...other];
}
