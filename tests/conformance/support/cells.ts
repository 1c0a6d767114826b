/** The wires that a caller or a vendor may speak. */
export const wireNames = ["chat", "responses", "messages"] as const;
export type WireName = (typeof wireNames)[number];

/** One cell of the table: a suite, the wire of its caller, and the wire of the vendor behind the proxy. */
export interface Cell {
  readonly suite: string;
  readonly caller: WireName;
  readonly vendor: WireName;
}

/** The name of a block of tests. The table finds the tests of a cell by it, also in other packages. */
export function cellTitle({ suite, caller, vendor }: Cell): string {
  return `${suite}, ${caller} in front of a vendor of ${vendor}`;
}

const title = new RegExp(
  `^(?<suite>.+), (?<caller>${wireNames.join("|")}) in front of a vendor of (?<vendor>${wireNames.join("|")})$`,
  "u",
);

/** The cell of a block of tests, by its name. */
export function cellOf(name: string): Cell | undefined {
  return title.exec(name)?.groups as unknown as Cell | undefined;
}
