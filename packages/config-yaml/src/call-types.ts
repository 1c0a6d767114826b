import type { OperationName } from "@modelyard/core";
import { operations } from "@modelyard/core/kit";

/** LiteLLM's names for operations that are not served here. They are accepted, so that a file can be used unchanged. */
const others = ["transcription", "rerank"];

/** The names of LiteLLM's synchronous and asynchronous function. */
function both(callType: string): readonly string[] {
  return [callType, `a${callType}`];
}

/** Our operations by LiteLLM's names. */
export const operationOf: ReadonlyMap<string, OperationName> = new Map(
  Object.values(operations).flatMap(({ name, litellm }) =>
    (litellm === undefined ? [] : both(litellm.callType)).map((callType) => [callType, name] as const),
  ),
);

export const callTypes: readonly string[] = [...new Set([...operationOf.keys(), ...others.flatMap(both)])];
