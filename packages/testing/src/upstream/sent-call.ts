import type { JsonObject } from "@modelyard/core";
import type { DialectName, UpstreamOperation } from "./place.js";
import type { ScriptedWire } from "./wire.js";

/** The call that a client sent, read from the path and the body. */
export interface SentCall {
  readonly dialect: DialectName;
  /** The custom wire that answers instead of the dialect. */
  readonly wire: ScriptedWire | undefined;
  readonly operation: UpstreamOperation;
  readonly model: string;
  /** Whether the client requested a stream. */
  readonly stream: boolean;
  readonly body: JsonObject;
}
