import type { Block } from "../hub/blocks.js";
import type { HubRequest, Instruction, Turn } from "../hub/request.js";
import type { LossList } from "../losses.js";

/**
 * A chat without messages of the system between others, for models that have no place for them: they follow the
 * instructions, as callers of LiteLLM expect. Callers of Responses write them into long conversations, whose caches depend on
 * instructions that stay the same. Theirs become messages of the user.
 */
export function withoutSystemTurns(request: HubRequest, losses: LossList): HubRequest {
  const { wire, turns, instructions } = request;
  if (wire !== "chat" || !turns.some(isInstruction)) return request;
  const moved = turns.filter(isInstruction).flatMap((turn) => instructionsOf(turn, losses));
  return {
    ...request,
    instructions: [...instructions, ...moved],
    turns: turns.filter((turn) => !isInstruction(turn)),
  };
}

function isInstruction({ role }: Turn): boolean {
  return role === "system" || role === "developer";
}

function instructionsOf({ role, blocks, path, name, extra }: Turn, losses: LossList): readonly Instruction[] {
  losses.converted(path, "The model accepts instructions only before the conversation, so this one is sent there.");
  return blocks.flatMap((block): readonly Instruction[] => {
    const text = textOf(block);
    if (text === undefined) {
      losses.refused(block.path ?? path, "Instructions accept only text here.");
      return [];
    }
    const { cache, extra: own = extra } = block;
    return [
      {
        role: role === "developer" ? role : "system",
        text,
        place: "message",
        path: block.path ?? path,
        ...(name === undefined ? {} : { name }),
        ...(cache === undefined ? {} : { cache }),
        ...(own === undefined ? {} : { extra: own }),
      },
    ];
  });
}

function textOf(block: Block): string | undefined {
  return block.type === "text" || block.type === "refusal" ? block.text : undefined;
}
