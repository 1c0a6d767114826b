import type { Engine } from "@modelyard/core";
import { describe, expect, it } from "vitest";
import type { GatewayOptions } from "./options.js";
import { GatewayServices } from "./services.js";

const megabyte = 1024 * 1024;

describe("the longest request body of a route", () => {
  it.each([
    [undefined, {}, 32],
    [100, {}, 100],
    [100, { maxRequestBytes: 50 * megabyte }, 50],
    [10, { maxRequestBytes: 50 * megabyte }, 10],
    [undefined, { maxRequestBytes: 50 * megabyte }, 50],
  ] satisfies [number | undefined, GatewayOptions, number][])(
    "with %j MB of its own and %j is %i MB",
    (own, options, wanted) => {
      const services = new GatewayServices({} as Engine, options);
      const route = { method: "POST", path: "/a", operation: "chat" } as const;
      const limit = own === undefined ? {} : { maxRequestBytes: own * megabyte };
      expect(services.maxBytesOf({ ...route, ...limit })).toBe(wanted * megabyte);
    },
  );
});
