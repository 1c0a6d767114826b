import { callerBounds, checkJsonShape, checkLongShape, isJsonObject, nextTurn } from "@modelyard/core/kit";
import { cannotSend } from "./refuse.js";

/** Characters of arguments that are parsed in one turn of the event loop; each takes up to 0.1 µs. */
const parsedATurn = 64 * 1024;
/** Shorter arguments are parsed whatever their shape. */
const shortInput = 4_096;

const encoder = /* @__PURE__ */ new TextEncoder();
const bounds = { values: callerBounds.argumentValues, irregularKeys: callerBounds.argumentKeys };

interface ToolInput {
  /** The block that the parsed arguments are written to. */
  readonly block: { input: unknown };
  /** The id of the tool call, for messages. */
  readonly id: string;
  readonly text: string;
}

/** Parses the arguments of a conversation's tool calls: a few at once, the others in several turns of the event loop. */
export class ToolInputs {
  readonly #waiting: ToolInput[] = [];
  #left = parsedATurn;

  /** Whether some arguments are still to be parsed by {@link ToolInputs.parseRest}. */
  get isWaiting(): boolean {
    return this.#waiting.length > 0;
  }

  /**
   * Parses the arguments of a call, or keeps them for later.
   * @throws `unsupported_params` if they are not a JSON object
   */
  add(block: ToolInput["block"], id: string, text: unknown): void {
    if (typeof text !== "string" || text.trim() === "") return;
    if (text.length > this.#left) this.#waiting.push({ block, id, text });
    else this.#parse({ block, id, text });
  }

  /** @throws (rejects with) `unsupported_params` for the first arguments that are not a JSON object */
  async parseRest(): Promise<void> {
    for (const input of this.#waiting) {
      if (input.text.length > this.#left) {
        await nextTurn();
        this.#left = parsedATurn;
      }
      if (input.text.length > parsedATurn) await parseLong(input);
      else this.#parse(input);
    }
  }

  #parse(input: ToolInput): void {
    this.#left -= input.text.length;
    if (input.text.length > shortInput) checkJsonShape(encoder.encode(input.text), subjectOf(input), bounds);
    input.block.input = parsed(input);
  }
}

/** Each step gets a turn of the event loop of its own. */
async function parseLong(input: ToolInput): Promise<void> {
  const bytes = encoder.encode(input.text);
  await nextTurn();
  await checkLongShape(bytes, subjectOf(input), bounds);
  await nextTurn();
  input.block.input = parsed(input);
  await nextTurn();
}

function subjectOf({ id }: ToolInput): string {
  return `The argument of the tool call ${id.slice(0, 100)}`;
}

function parsed({ id, text }: ToolInput): unknown {
  try {
    const input: unknown = JSON.parse(text);
    if (isJsonObject(input)) return input;
  } catch {
    // The error below covers text that is not JSON as well.
  }
  throw cannotSend(
    "messages",
    `The arguments of the tool call ${id.slice(0, 100)} are not a JSON object. Correct them, or omit the call and its result.`,
  );
}
