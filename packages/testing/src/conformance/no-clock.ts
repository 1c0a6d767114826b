import { vi } from "vitest";

/**
 * Makes every clock and every source of random numbers of the platform throw. `vi.restoreAllMocks` and
 * `vi.unstubAllGlobals` undo it.
 */
export function forbidClockAndRandom(reason: string): void {
  const forbidden = (): never => {
    throw new Error(reason);
  };
  const dated = new Proxy(Date, {
    apply: forbidden,
    construct: (target, args) => (args.length === 0 ? forbidden() : (Reflect.construct(target, args) as Date)),
  });
  vi.spyOn(Date, "now").mockImplementation(forbidden);
  vi.stubGlobal("Date", dated);
  vi.spyOn(Math, "random").mockImplementation(forbidden);
  vi.spyOn(performance, "now").mockImplementation(forbidden);
  vi.spyOn(process, "hrtime").mockImplementation(forbidden);
  vi.spyOn(process.hrtime, "bigint").mockImplementation(forbidden);
  vi.spyOn(crypto, "getRandomValues").mockImplementation(forbidden);
  vi.spyOn(crypto, "randomUUID").mockImplementation(forbidden);
}
