import type { Outcome } from "@modelyard/core/kit";
import type { Call } from "../call/call.js";

/** What follows a layer on a call's way. */
export type Next = (call: Call) => Promise<Outcome>;

/** One step on a call's way: answers the call itself, or has it answered by what follows and looks at what comes back. */
export type Layer = (call: Call, next: Next) => Promise<Outcome>;
