import type { Outcome } from "@modelyard/core";
import type { Call } from "../call/call.js";

/** What follows a layer on a call's way. */
export type Next = (call: Call) => Promise<Outcome>;

/** One step on a call's way: answers the call itself, or has it answered by what follows and looks at what comes back. */
export type Layer = (call: Call, next: Next) => Promise<Outcome>;

/** Puts layers around the last step of the way. @param layers - the outermost first */
export function compose(layers: readonly Layer[], last: Next): Next {
  return layers.reduceRight<Next>((next, layer) => (call) => layer(call, next), last);
}
