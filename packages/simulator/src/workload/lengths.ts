/** A distribution as a table of quantiles: shares and the values that they do not exceed, both ascending. */
export type QuantileTable = readonly (readonly [share: number, value: number])[];

/**
 * Lengths of real requests, in tokens, computed from the traces "Azure LLM inference 2023" (code and conversations;
 * Azure/AzurePublicDataset, CC-BY) and Mooncake (conversations; kvcache-ai/Mooncake, FAST'25).
 */
export const lengthTables = {
  conversationIn: [
    [0, 60],
    [0.1, 207],
    [0.25, 396],
    [0.5, 1_020],
    [0.75, 1_189],
    [0.9, 2_735],
    [0.95, 4_083],
    [0.99, 4_142],
    [1, 14_050],
  ],
  conversationOut: [
    [0, 12],
    [0.1, 54],
    [0.25, 85],
    [0.5, 129],
    [0.75, 395],
    [0.9, 424],
    [0.95, 451],
    [0.99, 601],
    [1, 1_000],
  ],
  codeIn: [
    [0, 20],
    [0.1, 147],
    [0.25, 578],
    [0.5, 1_469],
    [0.75, 2_745],
    [0.9, 5_188],
    [0.95, 7_303],
    [0.99, 7_436],
    [1, 7_437],
  ],
  codeOut: [
    [0, 4],
    [0.1, 7],
    [0.25, 9],
    [0.5, 13],
    [0.75, 24],
    [0.9, 55],
    [0.95, 90],
    [0.99, 252],
    [1, 1_899],
  ],
  longIn: [
    [0, 300],
    [0.1, 964],
    [0.25, 2_307],
    [0.5, 6_909],
    [0.75, 15_367],
    [0.9, 27_367],
    [0.95, 39_551],
    [0.99, 85_400],
    [1, 126_195],
  ],
  longOut: [
    [0, 4],
    [0.1, 24],
    [0.25, 157],
    [0.5, 350],
    [0.75, 472],
    [0.9, 597],
    [0.95, 698],
    [0.99, 1_119],
    [1, 2_000],
  ],
} as const satisfies Readonly<Record<string, QuantileTable>>;

/** The value at a share: between two entries, its logarithm grows evenly. */
export function valueAt(table: QuantileTable, share: number): number {
  for (let index = 1; index < table.length; index += 1) {
    const [to, high] = table[index] as QuantileTable[number];
    if (share > to) continue;
    const [from, low] = table[index - 1] as QuantileTable[number];
    return Math.round(low * (high / low) ** ((share - from) / (to - from)));
  }
  return table.at(-1)?.[1] ?? 0;
}
