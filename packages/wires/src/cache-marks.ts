import type { Block } from "./hub/blocks.js";
import type { CacheMark } from "./hub/common.js";
import type { HubRequest, Turn } from "./hub/request.js";
import { flatTools } from "./tool-names.js";

/** Vendors take this many marks in a request, and count the last. */
const most = 4;

/** The marks of a request that a vendor takes: the last four, in the order tools, instructions, turns. */
export function keptMarks({ tools, instructions, turns }: HubRequest): ReadonlySet<CacheMark> {
  let marks: CacheMark[] | undefined;
  // Most requests have no mark, and this allocates nothing for them.
  if (tools.length > 0) for (const { tool } of flatTools(tools)) marks = withMark(marks, tool);
  for (let index = 0; index < instructions.length; index += 1) marks = withMark(marks, instructions[index]);
  for (let index = 0; index < turns.length; index += 1) marks = withMarksOf(marks, turns[index]?.blocks ?? []);
  return marks === undefined ? noMarks : new Set(marks.slice(-most));
}

const noMarks: ReadonlySet<CacheMark> = new Set();

function withMark(
  marks: CacheMark[] | undefined,
  marked: { readonly cache?: CacheMark } | undefined,
): CacheMark[] | undefined {
  if (marked?.cache === undefined) return marks;
  if (marks === undefined) return [marked.cache];
  marks.push(marked.cache);
  return marks;
}

function withMarksOf(marks: CacheMark[] | undefined, blocks: readonly Block[]): CacheMark[] | undefined {
  let found = marks;
  for (let index = 0; index < blocks.length; index += 1) {
    const block = blocks[index] as Block;
    if (block.type === "tool_result") found = withMarksOf(found, block.blocks);
    found = withMark(found, block);
  }
  return found;
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
