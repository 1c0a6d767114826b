import type { Block } from "./hub/blocks.js";
import type { CacheMark } from "./hub/common.js";
import type { HubRequest } from "./hub/request.js";
import { flatTools } from "./tool-names.js";

/** Vendors take this many marks in a request, and count the last. */
const most = 4;

/** The marks of a request that a vendor takes: the last four, in the order tools, instructions, turns. */
export function keptMarks(request: HubRequest): ReadonlySet<CacheMark> {
  const marks: CacheMark[] = [];
  const add = ({ cache }: { readonly cache?: CacheMark }): void => {
    if (cache !== undefined) marks.push(cache);
  };
  for (const { tool } of flatTools(request.tools)) add(tool);
  for (const instruction of request.instructions) add(instruction);
  for (const turn of request.turns) for (const block of turn.blocks) addBlock(block, add);
  return new Set(marks.slice(-most));
}

function addBlock(block: Block, add: (marked: Block) => void): void {
  if (block.type === "tool_result") for (const inner of block.blocks) add(inner);
  add(block);
}
