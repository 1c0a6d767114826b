import type { Block, HubDelta, HubEvent } from "@modelyard/wires";

/** What a block, a citation or a token's probability takes beside its text, in characters. */
const overhead = 128;

/** How much of a stream its translation keeps for later events, in characters: blocks that are open, or all of them. */
export class KeptLength {
  readonly #keepsAll: boolean;
  #open = 0;
  #length = 0;

  /** @param keepsAll - whether blocks are still kept after their end */
  constructor(keepsAll: boolean) {
    this.#keepsAll = keepsAll;
  }

  /** @returns the length after an event */
  after(event: HubEvent): number {
    if (event.type === "delta") this.#length += deltaLength(event.delta);
    else if (event.type === "block_start") {
      this.#open += 1;
      this.#length += blockLength(event.block);
    } else if (event.type === "block_stop") {
      this.#open -= 1;
      if (this.#open === 0 && !this.#keepsAll) this.#length = 0;
    }
    return this.#length;
  }
}

function deltaLength(delta: HubDelta): number {
  switch (delta.kind) {
    case "text":
      return delta.text.length + (Array.isArray(delta.logprobs) ? delta.logprobs.length * overhead : 0);
    case "opaque":
      return delta.opaque.data.length;
    case "citation": {
      const { url = "", title = "" } = delta.citation;
      return overhead + url.length + title.length;
    }
    case "audio":
      return 0;
    default:
      return delta.text.length;
  }
}

function blockLength(block: Block): number {
  switch (block.type) {
    case "text":
    case "refusal":
      return overhead + block.text.length;
    case "tool_call":
      return overhead + block.input.text.length;
    case "reasoning": {
      const { text = "", summary = [], opaque } = block;
      return overhead + text.length + summary.join("").length + (opaque?.data.length ?? 0);
    }
    default:
      return overhead;
  }
}
