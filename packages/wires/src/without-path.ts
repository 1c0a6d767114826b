import type { Block } from "./hub/blocks.js";

/** A block of an answer: its path would be that of the vendor's answer, which no caller sees. */
export function withoutPath(block: Block): Block {
  const bare: { path?: string } & Block = { ...block };
  delete bare.path;
  return bare;
}
