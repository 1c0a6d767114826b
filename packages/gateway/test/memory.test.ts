import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { nextTurn, turnsUntil } from "@modelyard/testing";
import { afterEach, expect, it } from "vitest";
import type { Bytes } from "@modelyard/core/kit";
import { answer, get, type RawServer, startRawServer } from "./support/raw-server.js";

let server: RawServer;
afterEach(() => {
  server.stop();
});

async function* pieces(): AsyncGenerator<Bytes> {
  yield "data: 1\n\n";
  await nextTurn();
  yield "data: 2\n\n";
}

it.each([
  ["whole answers", () => answer("x".repeat(1_000))],
  ["streams", () => answer(pieces())],
] as const)("2,000 %s during a request that hangs leave no objects behind", async (_, make) => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const given: WeakRef<object>[] = [];
  const remember = <T extends object>(value: T): T => {
    given.push(new WeakRef(value));
    return value;
  };
  server = await startRawServer((request) => {
    remember(request);
    remember(request.cancellation);
    return remember(make());
  });
  const alive = await server.besideAnother(async () => {
    const client = server.connect();
    let text = "";
    client.setEncoding("latin1").on("data", (piece: string) => {
      text += piece;
    });
    const isWhole = (): boolean => /x{1000}$|\r\n0\r\n\r\n$/u.test(text);
    for (let count = 1; count <= 2_000; count += 1) {
      text = "";
      client.write(get("/"));
      await turnsUntil(isWhole);
    }
    await nextTurn();
    collect();
    client.destroy();
    return given.filter((one) => one.deref() !== undefined).length;
  });
  expect(given).toHaveLength(6_000);
  // Node keeps the last request with its connection.
  expect(alive).toBeLessThan(10);
});
