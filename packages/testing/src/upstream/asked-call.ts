import type { JsonObject } from "@modelyard/core";
import type { DialectName, UpstreamOperation } from "./asked.js";
import type { ScriptedWire } from "./wire.js";

/** What was asked, read from the path and the body. */
export interface Asked {
  readonly dialect: DialectName;
  /** Instead of the dialect. */
  readonly wire: ScriptedWire | undefined;
  readonly operation: UpstreamOperation;
  readonly model: string;
  /** Whether a stream is asked for. */
  readonly stream: boolean;
  readonly body: JsonObject;
}
