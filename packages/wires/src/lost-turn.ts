import type { Turn } from "./hub/request.js";
import type { LossList } from "./losses.js";

/**
 * Refuses a request of whose last turn nothing could be written, since the model would answer something else.
 * @param written - whether anything was
 */
export function refuseLostTurn(turns: readonly Turn[], turn: Turn, written: boolean, losses: LossList): void {
  if (written || turn.role !== "user" || turn.path !== turns.at(-1)?.path || saysNothing(turn)) return;
  losses.never(turn.path, "Nothing of the last message can be sent to this deployment.");
}

/** Whether a turn has no content but blank texts. */
export function saysNothing({ blocks }: Turn): boolean {
  return blocks.every((block) => block.type === "text" && block.text.trim() === "");
}
