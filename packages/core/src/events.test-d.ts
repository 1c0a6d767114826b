/** What the compiler knows of callbacks: checked with the sources, never run. */
import { expectTypeOf } from "vitest";
import { type Callback, defineCallback, type EventOf, type RouterEvent } from "./events.js";

const ledger = defineCallback({
  name: "ledger",
  events: ["fallback"],
  on: (event) => {
    expectTypeOf(event).toEqualTypeOf<EventOf<"fallback">>();
    expectTypeOf(event.fromGroup).toEqualTypeOf<string>();
  },
});
expectTypeOf(ledger).toEqualTypeOf<Callback>();

defineCallback({
  name: "two types",
  events: ["attempt_succeeded", "attempt_failed"],
  on: (event) => {
    expectTypeOf(event.durationMs).toEqualTypeOf<number>();
    expectTypeOf(event.type).toEqualTypeOf<"attempt_succeeded" | "attempt_failed">();
    // @ts-expect-error - only one of them has it
    expectTypeOf(event.firstTokenMs).toBeNumber();
  },
});

// @ts-expect-error - there is no such event
defineCallback({ name: "misspelt", events: ["fallbak"], on: () => undefined });

const annotated: Callback<"limit_reached"> = {
  name: "annotated",
  events: ["limit_reached"],
  on: ({ retryAfterMs }) => {
    expectTypeOf(retryAfterMs).toEqualTypeOf<number>();
  },
};
declare const anyEvent: (event: RouterEvent) => void;
const taking: Callback = { name: "taking", events: ["fallback"], on: anyEvent };
const all: Callback = {
  name: "all",
  events: ["request_failed"],
  on: (event) => {
    expectTypeOf(event).toExtend<RouterEvent>();
    if (event.type === "request_failed") expectTypeOf(event.durationMs).toEqualTypeOf<number>();
  },
};
export const callbacks: readonly Callback[] = [ledger, annotated, taking, all];
