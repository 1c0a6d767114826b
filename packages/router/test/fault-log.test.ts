import type { Strategy } from "@modelyard/core";
import { answers, deploymentOptions } from "@modelyard/testing";
import { expect, it } from "vitest";
import { setup } from "./support/harness.js";

interface Line {
  readonly fields: Readonly<Record<string, unknown>>;
  readonly message: string;
}

it("a strategy that throws on every pick is logged once a minute, with a count and a stack", async () => {
  const lines: Line[] = [];
  const logger = {
    debug: () => undefined,
    info: () => undefined,
    error: () => undefined,
    warn: (fields: Readonly<Record<string, unknown>>, message: string) => lines.push({ fields, message }),
  };
  const broken: Strategy = {
    name: "broken",
    pick: function pickNothing() {
      throw new TypeError("no such score");
    },
  };
  const harness = setup({ modelList: [deploymentOptions("a"), deploymentOptions("b")], strategy: broken, logger });
  harness.provider.script("a", answers("hi"));
  harness.provider.script("b", answers("hi"));
  const ask = () => harness.clock.until(harness.router.completion({ model: "gpt-4", messages: [] }));
  for (let call = 0; call < 50; call += 1) await ask();
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatchObject({
    fields: { strategy: "broken", group: "gpt-4", error: "TypeError: no such score", times: 1 },
    message: "the strategy failed, using simple-shuffle instead; repeated failures are logged once a minute",
  });
  expect(lines[0]?.fields["at"]).toContainEqual(expect.stringContaining("pickNothing"));
  await harness.clock.advance(60_000);
  await ask();
  expect(lines.map(({ fields }) => fields["times"])).toEqual([1, 50]);
});
