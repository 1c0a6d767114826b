import type { Outcome } from "@modelyard/core/kit";
import type { Call } from "../call/call.js";

/** Passes a call to the layers below. */
export type Next = (call: Call) => Promise<Outcome>;

/** One step in the processing of a call. It answers the call itself, or calls `next` and may process the outcome. */
export type Layer = (call: Call, next: Next) => Promise<Outcome>;
