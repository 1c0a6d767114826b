import type { Instruction } from "./hub/request.js";
import type { LossList } from "./losses.js";

/** Claude Code's first system block: what it holds is for Anthropic only, and it would spoil the caches of others. */
const billing = "x-anthropic-billing-header:";

/** Instructions without what is meant for Anthropic alone. */
export function forOtherVendors(instructions: readonly Instruction[], losses: LossList): readonly Instruction[] {
  const [first, ...others] = instructions;
  if (first === undefined || !first.text.startsWith(billing)) return instructions;
  losses.dropped(first.path, "It is Anthropic's billing information.");
  return others;
}

/** Instructions by the message or field that they belong to. */
export function messagesOf(instructions: readonly Instruction[]): readonly (readonly Instruction[])[] {
  const groups: Instruction[][] = [];
  for (const instruction of instructions) {
    const last = groups.at(-1);
    const same = last !== undefined && (instruction.continues === true || instruction.role === last[0]?.role);
    if (same && (instruction.continues === true || instruction.place === "field")) last.push(instruction);
    else groups.push([instruction]);
  }
  return groups;
}
