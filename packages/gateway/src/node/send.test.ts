import { Cancellation } from "@modelyard/core/kit";
import { nextTurn } from "@modelyard/testing";
import { beforeEach, describe, expect, it } from "vitest";
import { LiveRequests } from "./listener.js";
import { WriteBatch } from "./send.js";

describe("WriteBatch", () => {
  const live = new LiveRequests();
  const batch = new WriteBatch(live);
  let sent: number[] = [];
  const add = (number: number): void => {
    batch.add({
      flush: () => {
        sent.push(number);
      },
    });
  };
  beforeEach(() => {
    sent = [];
  });

  it("does not wait while only one request is being answered", () => {
    const first = live.add(new Cancellation());
    expect(batch.waits).toBe(false);
    const second = live.add(new Cancellation());
    expect(batch.waits).toBe(true);
    live.delete(first);
    live.delete(second);
    expect(batch.waits).toBe(false);
  });

  it("sends the writes of one turn together, once the work of the turn is done", async () => {
    add(1);
    await Promise.resolve();
    add(2);
    expect(sent).toEqual([]);
    await nextTurn();
    expect(sent).toEqual([1, 2]);
    add(3);
    await nextTurn();
    expect(sent).toEqual([1, 2, 3]);
  });

  it("lets no more than 32 writes wait", async () => {
    for (let number = 1; number <= 33; number += 1) add(number);
    expect(sent).toHaveLength(32);
    await nextTurn();
    expect(sent).toHaveLength(33);
  });

  it("moves writes that are added while it is being sent into the next turn", async () => {
    batch.add({
      flush: () => {
        sent.push(1);
        add(2);
      },
    });
    await nextTurn();
    expect(sent).toEqual([1]);
    await nextTurn();
    expect(sent).toEqual([1, 2]);
  });
});
