import { describe, expect, it } from "vitest";
import { SessionTable } from "./session-table.js";
import { SharedPlaces } from "./shared-places.js";

const id = (index: number): string => index.toString(16).padStart(24, "0");
const place = (usedAt: number, deploymentId = "a") => ({ deploymentId, tokens: 10, usedAt, lifetimeMs: 300_000 });

describe("places that processes tell each other", () => {
  it("arrive with their age, whatever the clocks say", () => {
    const sender = new SharedPlaces(new SessionTable(3_600_000));
    expect(sender.take(0)).toBeUndefined();
    sender.add(id(1), place(1_000));
    const sent: unknown = JSON.parse(JSON.stringify(sender.take(1_500)));
    expect(sender.take(1_500)).toBeUndefined();
    const table = new SessionTable(3_600_000);
    new SharedPlaces(table).receive(sent, 9_000_000);
    expect(table.placesOf(id(1), 9_000_000)).toEqual([place(9_000_000 - 500)]);
  });

  it("are not collected if there is nobody to send them to", () => {
    const places = new SharedPlaces(new SessionTable(1));
    places.add(id(1), place(0));
    expect(places.take(0)).toBeUndefined();
  });

  it("fit into one message, and the newest are kept", () => {
    const places = new SharedPlaces(new SessionTable(1));
    places.take(0);
    for (let index = 0; index < 5_000; index += 1) places.add(id(index), place(0, "deployment".repeat(10)));
    const sent = places.take(0) ?? [];
    expect(JSON.stringify(sent).length).toBeLessThan(30_000);
    expect(sent.at(-1)?.[0]).toBe(id(4_999));
    expect(sent.length).toBeGreaterThan(100);
  });

  it("replace what is older, but not what is newer", () => {
    const table = new SessionTable(3_600_000);
    const places = new SharedPlaces(table);
    table.remember(id(1), place(5_000, "mine"));
    places.receive([[id(1), "theirs", 10, 3_000, 300_000]], 6_000);
    expect(table.placesOf(id(1), 6_000).map(({ deploymentId }) => deploymentId)).toEqual(["mine", "theirs"]);
    places.receive([[id(1), "theirs", 10, 0, 300_000]], 6_000);
    expect(table.placesOf(id(1), 6_000)[0]?.deploymentId).toBe("theirs");
  });

  it.each([
    7,
    null,
    {},
    [null],
    [[]],
    [["short", "a", 1, 1, 1]],
    [[id(1), 7, 1, 1, 1]],
    [[id(1), "a", -1, 1, 1]],
    [[id(1), "a", 1, "1", 1]],
    [[id(1), "a", 1, 1, 0]],
    [[id(1), "a".repeat(300), 1, 1, 1]],
    [[id(1).toUpperCase().replace("0", "G"), "a", 1, 1, 1]],
  ])("are ignored if they are invalid: %j", (data) => {
    const table = new SessionTable(1);
    new SharedPlaces(table).receive(data, 0);
    expect(table.size).toBe(0);
  });
});
