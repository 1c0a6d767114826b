import { VirtualClock } from "@modelyard/testing";
import { expect, it } from "vitest";
import { Renewals } from "./renewals.js";

it("reservations that are held for long are renewed repeatedly, and no timer runs while there are none", async () => {
  const clock = new VirtualClock();
  const renewals = new Renewals(clock, 40_000);
  const renewed: string[] = [];
  const held = (name: string) => ({ extend: () => renewed.push(name) });
  const long = held("long");
  const short = held("short");
  renewals.add(long);
  await clock.advance(30_000);
  renewals.add(short);
  await clock.advance(20_000);
  renewals.delete(short);
  expect(renewed).toEqual([]);
  await clock.advance(100_000);
  expect(renewed).toEqual(["long", "long"]);
  renewals.delete(long);
  await clock.advance(1_000_000);
  expect(renewed).toHaveLength(2);
});
