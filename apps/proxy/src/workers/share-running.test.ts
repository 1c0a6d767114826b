import { describe, expect, it } from "vitest";
import { shareRunning } from "./share-running.js";

interface Work {
  readonly resolve: (result: number) => void;
  readonly reject: (error: Error) => void;
}

describe("shareRunning", () => {
  it("runs the work once for concurrent callers, and again afterwards, whether it failed or not", async () => {
    const works: Work[] = [];
    const shared = shareRunning<number>(
      () =>
        new Promise((resolve, reject) => {
          works.push({ resolve, reject });
        }),
    );
    const early = [shared(), shared()];
    works[0]?.reject(new Error("no"));
    expect((await Promise.allSettled(early)).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    const late = [shared(), shared()];
    works[1]?.resolve(2);
    expect(await Promise.all(late)).toEqual([2, 2]);
    expect(works).toHaveLength(2);
  });
});
