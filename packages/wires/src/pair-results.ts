import { malformed } from "./fields.js";
import type { Block, ToolCallBlock, ToolResultBlock } from "./hub/blocks.js";
import type { Turn } from "./hub/request.js";

/** A turn of the assistant with its calls, and all of their results. */
export interface Exchange {
  readonly turn: Turn;
  /** In the order in which they were given. Empty: the turn called nothing. */
  readonly results: readonly ToolResultBlock[];
}

/**
 * Puts results of tools directly behind the turn with their calls, where Chat Completions and Messages want them, though
 * the caller wrote other things in between. A turn of which nothing is left is gone.
 * @throws `invalid_request` for a result without its call, and for a call without its result
 */
export function pairResults(turns: readonly Turn[]): readonly Exchange[] {
  const exchanges: { turn: Turn; results: ToolResultBlock[] }[] = [];
  let open = new Map<string, ToolCallBlock>();
  let owner: { turn: Turn; results: ToolResultBlock[] } | undefined;
  for (const turn of turns) {
    if (turn.role === "assistant") {
      refuseOpen(open);
      open = callsOf(turn.blocks);
      owner = { turn, results: [] };
      exchanges.push(owner);
      continue;
    }
    const others: Block[] = [];
    for (const block of turn.blocks) {
      if (block.type !== "tool_result") {
        others.push(block);
        continue;
      }
      if (owner === undefined || !open.delete(block.id))
        malformed(
          block.path ?? turn.path,
          `is the result of the call "${block.id}", but the turn before does not make that call. Send the call as well, or omit the result.`,
        );
      owner.results.push(block);
    }
    if (others.length > 0 || turn.blocks.length === 0)
      exchanges.push({ turn: { ...turn, blocks: others }, results: [] });
  }
  refuseOpen(open);
  return exchanges;
}

function callsOf(blocks: readonly Block[]): Map<string, ToolCallBlock> {
  const calls = blocks.filter((block): block is ToolCallBlock => block.type === "tool_call");
  return new Map(calls.map((call) => [call.id, call]));
}

function refuseOpen(open: ReadonlyMap<string, ToolCallBlock>): void {
  for (const [id, call] of open)
    malformed(
      call.path ?? "tool_calls",
      `is the call "${id}", but no later turn has its result. Add the result, or omit the call.`,
    );
}
