import type { Outcome } from "@modelyard/core/kit";
import type { Call } from "../call/call.js";

/** The rest of a call's path after a layer. */
export type Next = (call: Call) => Promise<Outcome>;

/** One step on a call's path. It answers the call itself, or calls `next` and processes the outcome. */
export type Layer = (call: Call, next: Next) => Promise<Outcome>;
