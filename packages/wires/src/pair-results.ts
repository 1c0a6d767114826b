import { malformed, untranslatable } from "./fields.js";
import type { Block, ToolCallBlock, ToolResultBlock } from "./hub/blocks.js";
import type { HubRequest, Turn } from "./hub/request.js";

/** A turn of the assistant with its calls, and all of their results. */
export interface Exchange {
  readonly turn: Turn;
  /** In the order in which they were given. Empty: the turn called nothing. */
  readonly results: readonly ToolResultBlock[];
}

/**
 * Puts results of tools directly behind the turn with their calls, where Chat Completions and Messages want them, though
 * the caller wrote other things in between. A turn of which nothing is left is gone.
 * @throws `invalid_request` for a result without its call, and for a call without its result. Either may be in what the
 * caller refers to instead of sending it, in which case it is `unsupported_params`
 */
export function pairResults(request: Pick<HubRequest, "state" | "turns">): readonly Exchange[] {
  const { turns } = request;
  const refuse: typeof malformed = refersElsewhere(request) ? untranslatable : malformed;
  const exchanges: { turn: Turn; results: ToolResultBlock[] }[] = [];
  let open = new Map<string, ToolCallBlock>();
  let owner: { turn: Turn; results: ToolResultBlock[] } | undefined;
  for (const turn of turns) {
    if (turn.role === "assistant") {
      refuseOpen(open, refuse);
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
        refuse(
          block.path ?? turn.path,
          `is the result of the call "${block.id}", but the turn before does not make that call. Send the call as well, or omit the result.`,
        );
      owner.results.push(block);
    }
    if (others.length > 0 || turn.blocks.length === 0)
      exchanges.push({ turn: { ...turn, blocks: others }, results: [] });
  }
  refuseOpen(open, refuse);
  return exchanges;
}

function callsOf(blocks: readonly Block[]): Map<string, ToolCallBlock> {
  const calls = blocks.filter((block): block is ToolCallBlock => block.type === "tool_call");
  return new Map(calls.map((call) => [call.id, call]));
}

/** Whether a part of the conversation is stored at a vendor, so that its calls and results are not known here. */
function refersElsewhere({ state, turns }: Pick<HubRequest, "state" | "turns">): boolean {
  return (
    state.previousResponseId !== undefined ||
    state.conversation !== undefined ||
    state.promptTemplate !== undefined ||
    state.thread !== undefined ||
    turns.some(({ blocks }) => blocks.some(({ type }) => type === "reference"))
  );
}

function refuseOpen(open: ReadonlyMap<string, ToolCallBlock>, refuse: typeof malformed): void {
  for (const [id, call] of open)
    refuse(
      call.path ?? "tool_calls",
      `is the call "${id}", but no later turn has its result. Add the result, or omit the call.`,
    );
}
