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
  const exchanges: Exchange[] = [];
  let open: Calls | undefined;
  let results: ToolResultBlock[] | undefined;
  // Most turns have no calls, and get no list.
  for (let index = 0; index < turns.length; index += 1) {
    const turn = turns[index] as Turn;
    if (turn.role === "assistant") {
      refuseOpen(open, refuse);
      open = callsOf(turn.blocks);
      results = open === undefined ? undefined : [];
      exchanges.push({ turn, results: results ?? noResults });
    } else if (turn.blocks.some(isResult)) {
      const others = turn.blocks.filter((block) => !isResult(block));
      for (const block of turn.blocks) if (isResult(block)) addResult(block, { turn, open, results, refuse });
      if (others.length > 0) exchanges.push({ turn: { ...turn, blocks: others }, results: noResults });
    } else exchanges.push({ turn, results: noResults });
  }
  refuseOpen(open, refuse);
  return exchanges;
}

type Calls = Map<string, ToolCallBlock>;

const noResults: readonly ToolResultBlock[] = Object.freeze([]);

interface Place {
  readonly turn: Turn;
  readonly open: Calls | undefined;
  readonly results: ToolResultBlock[] | undefined;
  readonly refuse: typeof malformed;
}

function addResult(block: ToolResultBlock, { turn, open, results, refuse }: Place): void {
  if (results === undefined || open?.delete(block.id) !== true)
    return refuse(
      block.path ?? turn.path,
      `is the result of the call "${block.id}", but the turn before does not make that call. Send the call as well, or omit the result.`,
    );
  results.push(block);
}

function isResult(block: Block): block is ToolResultBlock {
  return block.type === "tool_result";
}

function isCall(block: Block): block is ToolCallBlock {
  return block.type === "tool_call";
}

function callsOf(blocks: readonly Block[]): Calls | undefined {
  if (!blocks.some(isCall)) return undefined;
  return new Map(blocks.filter(isCall).map((call) => [call.id, call]));
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

function refuseOpen(open: Calls | undefined, refuse: typeof malformed): void {
  if (open === undefined) return;
  for (const [id, call] of open)
    refuse(
      call.path ?? "tool_calls",
      `is the call "${id}", but no later turn has its result. Add the result, or omit the call.`,
    );
}
