import { callerBounds, checkJsonShape, isJsonObject, shapeSteps, type Steps } from "@modelyard/core/kit";
import { untranslatable } from "../fields.js";

/** Characters of arguments that are parsed before the event loop may turn; each takes up to 0.1 µs. */
const parsedATurn = 64 * 1024;
/** Shorter arguments are parsed whatever their shape. */
const shortInput = 4_096;

const encoder = /* @__PURE__ */ new TextEncoder();
const bounds = { values: callerBounds.argumentValues, irregularKeys: callerBounds.argumentKeys };

interface ToolInput {
  /** The block that the parsed arguments are written to. */
  readonly block: { input: unknown };
  /** Where they stand in the request. */
  readonly path: string;
  readonly text: string;
}

/** Parses the arguments of a conversation's tool calls: a few at once, and the others in steps. */
export class ToolInputs {
  #waiting: ToolInput[] | undefined;
  #left = parsedATurn;

  /**
   * Parses the arguments of a call, or keeps them for later.
   * @throws `unsupported_params` if they are not a JSON object
   */
  add(block: ToolInput["block"], path: string, text: string): void {
    if (text.trim() === "") return;
    if (text.length > this.#left) (this.#waiting ??= []).push({ block, path, text });
    else this.#left = parseShort({ block, path, text }, this.#left);
  }

  /** Whether some were kept. */
  get isWaiting(): boolean {
    return this.#waiting !== undefined;
  }

  /** Parses those that were kept. @throws `unsupported_params` for the first that are not a JSON object */
  *rest(): Steps<void> {
    for (const input of this.#waiting ?? []) {
      if (input.text.length > this.#left) {
        yield;
        this.#left = parsedATurn;
      }
      if (input.text.length > parsedATurn) yield* parseLong(input);
      else this.#left = parseShort(input, this.#left);
    }
  }
}

/** @returns what is left of the characters that may be parsed in this turn */
function parseShort(input: ToolInput, left: number): number {
  if (input.text.length > shortInput) checkJsonShape(encoder.encode(input.text), subjectOf(input), bounds);
  input.block.input = parsed(input);
  return left - input.text.length;
}

function* parseLong(input: ToolInput): Steps<void> {
  const bytes = encoder.encode(input.text);
  yield;
  yield* shapeSteps(bytes, subjectOf(input), bounds);
  yield;
  input.block.input = parsed(input);
  yield;
}

function subjectOf({ path }: ToolInput): string {
  return `The argument of the tool call ${path}`;
}

function parsed({ path, text }: ToolInput): unknown {
  try {
    const input: unknown = JSON.parse(text);
    if (isJsonObject(input)) return input;
  } catch {
    // The error below covers text that is not JSON as well.
  }
  // Vendors whose APIs have arguments as text accept any text.
  return untranslatable(
    path,
    "has arguments that are not a JSON object. Correct them, or omit the call and its result.",
  );
}
