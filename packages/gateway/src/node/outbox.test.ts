import { Cancellation } from "@modelyard/core";
import { beforeEach, describe, expect, it } from "vitest";
import { LiveRequests } from "../live-requests.js";
import { Outbox } from "./outbox.js";

const turn = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });

describe("an outbox", () => {
  const live = new LiveRequests();
  const outbox = new Outbox(live);
  let left: number[] = [];
  const add = (number: number): void => {
    outbox.add({
      leave: () => {
        left.push(number);
      },
    });
  };
  beforeEach(() => {
    left = [];
  });

  it("waits only for others: with one request there is none", () => {
    const first = live.add(new Cancellation());
    expect(outbox.waits).toBe(false);
    const second = live.add(new Cancellation());
    expect(outbox.waits).toBe(true);
    live.delete(first);
    live.delete(second);
    expect(outbox.waits).toBe(false);
  });

  it("lets what is ready in one turn leave together, once the turn's work is done", async () => {
    add(1);
    await Promise.resolve();
    add(2);
    expect(left).toEqual([]);
    await turn();
    expect(left).toEqual([1, 2]);
    add(3);
    await turn();
    expect(left).toEqual([1, 2, 3]);
  });

  it("keeps no more than 32 waiting", async () => {
    for (let number = 1; number <= 33; number += 1) add(number);
    expect(left).toHaveLength(32);
    await turn();
    expect(left).toHaveLength(33);
  });

  it("takes what comes up while it is emptied into the next turn", async () => {
    outbox.add({
      leave: () => {
        left.push(1);
        add(2);
      },
    });
    await turn();
    expect(left).toEqual([1]);
    await turn();
    expect(left).toEqual([1, 2]);
  });
});
