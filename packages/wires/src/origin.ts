import type { HubAnswer } from "./hub/answer.js";
import type { Block, CompactionBlock, ReasoningBlock } from "./hub/blocks.js";
import type { Opaque, Origin } from "./hub/common.js";
import type { HubEvent } from "./hub/events.js";

/** Who answered. Opaque data in the answer can be read only there. */
export type Answerer = Omit<Origin, "wire">;

/** An answer whose opaque data says who made it. */
export function stampAnswer(answer: HubAnswer, answerer: Answerer): HubAnswer {
  if (!answer.choices.some(holdsOpaque)) return answer;
  return {
    ...answer,
    choices: answer.choices.map((choice) => ({
      ...choice,
      blocks: choice.blocks.map((block) => stampBlock(block, answerer)),
    })),
  };
}

/** The same for an event of a stream. */
export function stampEvent(event: HubEvent, answerer: Answerer): HubEvent {
  if (event.type === "delta" && event.delta.kind === "opaque")
    return { ...event, delta: { kind: "opaque", opaque: stamp(event.delta.opaque, answerer) } };
  if (event.type !== "block_stop" && event.type !== "block_start") return event;
  return { ...event, block: stampBlock(event.block, answerer) };
}

function holdsOpaque({ blocks }: HubAnswer["choices"][number]): boolean {
  return blocks.some(hasOpaque);
}

function hasOpaque(block: Block): block is CompactionBlock | ReasoningBlock {
  return (block.type === "reasoning" || block.type === "compaction") && block.opaque !== undefined;
}

function stampBlock(block: Block, answerer: Answerer): Block {
  if (!hasOpaque(block) || block.opaque === undefined) return block;
  return { ...block, opaque: stamp(block.opaque, answerer) };
}

/** Data in an envelope says itself who made it. */
function stamp({ data, madeBy }: Opaque, answerer: Answerer): Opaque {
  return { data, madeBy: { ...answerer, ...madeBy } };
}
