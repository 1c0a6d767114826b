import type { Block } from "./hub/blocks.js";
import type { CacheMark } from "./hub/common.js";
import type { HubRequest, Turn } from "./hub/request.js";
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

/** Blocks that vendors let a mark follow. */
const markable: ReadonlySet<Block["type"]> = new Set(["text", "image", "document", "tool_call", "tool_result"]);

/**
 * A request whose caller has a key for the cache, with marks where its next request can begin: after the instructions, and
 * after the last two turns of the user. The same request if it has no key, or marks of its own.
 */
export function markedByKey(request: HubRequest): HubRequest {
  const { caching, instructions, turns } = request;
  if (caching.key === undefined || caching.options?.["mode"] === "explicit" || keptMarks(request).size > 0)
    return request;
  const last = instructions.length - 1;
  const ofUser = new Set(turns.filter(({ role }) => role === "user").slice(-2));
  return {
    ...request,
    instructions: instructions.map((one, index) => (index === last ? { ...one, cache: {} } : one)),
    turns: turns.map((turn) => (ofUser.has(turn) ? markedTurn(turn) : turn)),
  };
}

function markedTurn(turn: Turn): Turn {
  const last = turn.blocks.findLastIndex(({ type }) => markable.has(type));
  return { ...turn, blocks: turn.blocks.map((block, index) => (index === last ? { ...block, cache: {} } : block)) };
}
