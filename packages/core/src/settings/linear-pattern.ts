import { parsePattern, PatternError, type PatternNode } from "./parse-pattern.js";

export { PatternError } from "./parse-pattern.js";

/** `go`: more steps that are reached without reading a character. */
type Step =
  | { readonly op: "read"; readonly takes: (character: string) => boolean }
  | { readonly op: "go"; readonly to: number[] }
  | { readonly op: "start" | "end" | "match" };

/** Counted repetitions are expanded: `(a{99}){99}` would have ten thousand steps. */
const mostSteps = 5_000;

/**
 * Compiles a regular expression to a test of whole texts in linear time. The platform's matcher backtracks: with
 * `(a+)+$` and an address of 40 characters from a client, it would run for hours. This one follows all paths at once,
 * so that a match takes at most (length of the text) x (steps of the pattern).
 * @throws {@link PatternError} if it is not a regular expression, or cannot be matched in this way
 */
export function linearPattern(pattern: string): (text: string) => boolean {
  const steps: Step[] = [];
  emit(steps, parsePattern(pattern));
  add(steps, { op: "match" });
  return (text) => matches(steps, text);
}

function add<Added extends Step>(steps: Step[], step: Added): Added {
  if (steps.length >= mostSteps) throw new PatternError("repeats too often");
  steps.push(step);
  return step;
}

/** A step that leads to the next one, and to those that are added to it. */
function fork(steps: Step[]): number[] {
  return add(steps, { op: "go", to: [steps.length + 1] }).to;
}

function emit(steps: Step[], node: PatternNode): void {
  switch (node.kind) {
    case "read":
      add(steps, { op: "read", takes: node.takes });
      return;
    case "start":
    case "end":
      add(steps, { op: node.kind });
      return;
    case "sequence":
      for (const part of node.parts) emit(steps, part);
      return;
    case "choice":
      emitChoice(steps, node.parts);
      return;
    case "repeat":
      emitRepeat(steps, node);
  }
}

function emitChoice(steps: Step[], parts: readonly PatternNode[]): void {
  const start = fork(steps);
  const ends: number[][] = [];
  for (const [place, part] of parts.entries()) {
    if (place > 0) start.push(steps.length);
    emit(steps, part);
    // It leads to the next alternative until it is changed to lead past all of them.
    if (place < parts.length - 1) ends.push(fork(steps));
  }
  for (const end of ends) end[0] = steps.length;
}

function emitRepeat(steps: Step[], { part, least, most }: PatternNode & { readonly kind: "repeat" }): void {
  // Each repetition gets a fork, even if it is empty, so that empty repetitions count as steps.
  for (let count = 0; count < least; count += 1) {
    fork(steps);
    emit(steps, part);
  }
  const skips: number[][] = [];
  for (let count = least; count < most; count += 1) {
    const start = steps.length;
    skips.push(fork(steps));
    emit(steps, part);
    if (most < Infinity) continue;
    add(steps, { op: "go", to: [start] });
    break;
  }
  for (const skip of skips) skip.push(steps.length);
}

function matches(steps: readonly Step[], text: string): boolean {
  const characters = Array.from(text);
  let active = new Set<number>([0]);
  for (let position = 0; ; position += 1) {
    const atEnd = position === characters.length;
    spread(steps, active, position === 0, atEnd);
    if (atEnd) return active.has(steps.length - 1);
    const character = characters[position] ?? "";
    const next = new Set<number>();
    for (const index of active) {
      const step = steps[index];
      if (step?.op === "read" && step.takes(character)) next.add(index + 1);
    }
    if (next.size === 0) return false;
    active = next;
  }
}

/** Adds the steps that are reached without reading. Iterating over a set includes what is added meanwhile. */
function spread(steps: readonly Step[], active: Set<number>, atStart: boolean, atEnd: boolean): void {
  for (const index of active) {
    const step = steps[index];
    if (step?.op === "go") for (const to of step.to) active.add(to);
    else if ((step?.op === "start" && atStart) || (step?.op === "end" && atEnd)) active.add(index + 1);
  }
}
