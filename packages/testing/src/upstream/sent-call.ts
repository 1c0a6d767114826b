import type { JsonObject, OperationName } from "@modelyard/core";
import type { DialectName } from "./place.js";
import type { ScriptedWire } from "./wire.js";

/** The call that a client sent, read from the path and the body. */
export interface SentCall {
  readonly dialect: DialectName;
  /** The custom wire that answers instead of the dialect. */
  readonly wire: ScriptedWire | undefined;
  readonly operation: OperationName;
  readonly model: string;
  /** Whether the client requested a stream. */
  readonly stream: boolean;
  readonly body: JsonObject;
}
