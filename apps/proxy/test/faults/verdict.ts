import { type ErrorKind, errorKinds } from "@modelyard/core";
import { operations } from "./cells.js";
import { farMs, type Outcome, statusOf } from "./fault.js";
import { vendorFailure } from "@modelyard/testing";
import { canary, type Cell, cooldownMs, outcomeOf, type Played, type Scene, vendors } from "./stage.js";

/** The facts of a cell that are compared with the expected ones. */
interface Verdict {
  readonly finished: boolean;
  readonly shown: boolean;
  readonly status: number;
  readonly kind: ErrorKind | "good" | undefined;
  readonly type: string | undefined;
  readonly hasMessage: boolean;
  readonly servedBy: "faulty" | "other";
  readonly retries: number;
  readonly fallbacks: number;
  /** Numbers of calls of the faulty host and of the other one. */
  readonly calls: readonly [number, number];
  readonly wait: "as the vendor says" | number | undefined;
  readonly health: string;
  readonly reason: string | undefined;
  readonly failures: number;
  /** How many events said that the request ended. */
  readonly ends: number;
  readonly cooldownFor: "as configured" | number | undefined;
  /** What must never happen: work or reservations that remain, a visible key, the end by another time limit. */
  readonly untidy: readonly string[];
}

type Which = keyof Scene;

const blameOf = (kind: ErrorKind): string => errorKinds[kind].blame;

/** Whether the caller and the vendor use the same API, other than chat, so that everything is passed on. */
function isDiagonal({ title, vendor, way }: Cell): boolean {
  const { reader } = operations[title];
  return way === "proxy" && reader.wire === vendors[vendor].wire && reader.wire !== "chat";
}

/** Whether the vendor's error, in its API's format, is what the caller gets. */
function isPassedOn(cell: Cell): boolean {
  const { at } = cell.fault;
  if (!isDiagonal(cell) || typeof at === "string" || (at.status ?? at.failure) === undefined) return false;
  const { body, headers } = vendorFailure(vendors[cell.vendor].dialect, at.failure ?? at.status ?? 0);
  return at.body === undefined && body !== "" && headers["content-type"] === "application/json";
}

/** Whether the vendor's own events are not what clients expect, and are passed on. */
function isOdd(cell: Cell): boolean {
  const { at } = cell.fault;
  return (
    isDiagonal(cell) && typeof at !== "string" && ["repeated_finish", "content_after_finish"].includes(at.fault ?? "")
  );
}

/** The status and the type of an error over HTTP. No type: that of the vendor. */
function errorDue(cell: Cell): readonly [number, string | undefined] {
  const outcome = outcomeOf(cell);
  const { at } = cell.fault;
  if (isPassedOn(cell) && typeof at !== "string") {
    const { status } = vendorFailure(vendors[cell.vendor].dialect, at.failure ?? at.status ?? 0);
    return [status === 529 && operations[cell.title].reader.wire === "responses" ? 503 : status, undefined];
  }
  const written = cell.way === "proxy" ? operations[cell.title].reader.written?.(outcome.kind as ErrorKind) : undefined;
  if (written === undefined) return [statusOf(outcome), undefined];
  return [outcome.kind === "bad_request" ? statusOf(outcome) : written[0], isDiagonal(cell) ? undefined : written[1]];
}

/** Dates, and waits in headers, are rounded to whole seconds. Dates also count from another moment. */
function isNear(ms: number | undefined, dueMs: number, slackMs: number): boolean {
  return ms !== undefined && Math.abs(ms - dueMs) <= (dueMs > 1e12 ? 300_000 : slackMs);
}

function untidy({ got, state, otherState }: Played, { timeouts }: Outcome): readonly string[] {
  const least = timeouts === undefined ? 0 : Math.min(...(Object.values(timeouts) as readonly number[]));
  const wrong: readonly (readonly [string, boolean])[] = [
    ["calls in flight", state.inFlight + otherState.inFlight > 0],
    // A call reserves at least 1,000 tokens, and uses far fewer.
    ["tokens reserved", state.used.tokens > 100 || otherState.used.tokens > 100],
    ["requests reserved", state.used.requests > 1 || otherState.used.requests > 1],
    ["the key", got.everything.includes(canary.slice(0, 8))],
    ["a limit far away", got.elapsedMs >= farMs],
    ["less than its limit", got.elapsedMs < least - 2],
  ];
  return wrong.flatMap(([name, is]) => (is ? [name] : []));
}

export function seen(played: Played, cell: Cell): Verdict {
  const { got, state, otherState, faulty, other, at, ends } = played;
  const wait = cell.fault.retryAfterMs;
  const cooldownLengthMs = state.until === undefined ? undefined : state.until - at;
  const alternative = otherState.id !== state.id;
  return {
    finished: got.finished,
    shown: got.shown,
    status: got.status,
    kind: got.kind,
    type:
      cell.way === "library" || (operations[cell.title].reader.written !== undefined && !isDiagonal(cell))
        ? got.type
        : undefined,
    hasMessage: got.message !== "",
    servedBy: alternative && got.deploymentId === otherState.id ? "other" : "faulty",
    retries: got.retries,
    fallbacks: got.fallbacks,
    calls: [faulty.length, alternative ? other.length : 0],
    wait:
      // Where everything is passed on, the headers of waits are, too, whatever they say.
      (wait !== undefined && got.status !== 200 && isPassedOn(cell)) ||
      (wait !== undefined && isNear(got.retryAfterMs, wait, cell.way === "library" ? 0 : 1_000))
        ? "as the vendor says"
        : got.retryAfterMs,
    health: state.health,
    reason: state.reason,
    failures: state.failures,
    ends,
    // `cooldownMs` here is also the longest cooldown that a Retry-After can ask for.
    cooldownFor: isNear(cooldownLengthMs, cooldownMs, 300_000) ? "as configured" : cooldownLengthMs,
    untidy: [...untidy(played, outcomeOf(cell)), ...(isOdd(cell) ? [] : got.oddities)],
  };
}

/** Whether the fault ends the request: with an answer, after part of one, or because other deployments would answer the same. */
function stops({ kind, shown }: Outcome, which: Which): boolean {
  if (kind === "good" || shown === true || which === "alone") return true;
  return which === "pair" ? blameOf(kind) === "request" : kind === "content_policy_violation";
}

/** Whether the first failure starts a cooldown. It never does for the only deployment. */
function coolsDown({ kind }: Outcome, which: Which): boolean {
  if (kind === "good" || which === "alone") return false;
  return ["load", "credential"].includes(blameOf(kind)) || kind === "not_found";
}

function countsAsFailure({ kind }: Outcome): boolean {
  return kind !== "good" && ["upstream", "transport", "load", "credential"].includes(blameOf(kind));
}

function waitDue(cell: Cell): Verdict["wait"] {
  const outcome = outcomeOf(cell);
  if (cell.fault.retryAfterMs !== undefined) return "as the vendor says";
  // Codex gives up on a 429 without a wait.
  const usual = operations[cell.title].reader.wire === "responses" && errorDue(cell)[0] === 429;
  return cell.way === "proxy" && usual && outcome.shown !== true ? 5_000 : undefined;
}

const goodAnswer = {
  finished: true,
  shown: true,
  status: 200,
  kind: "good",
  type: undefined,
  hasMessage: false,
} as const;

function answerDue(cell: Cell, which: Which) {
  const { title, way, fault } = cell;
  const outcome = outcomeOf(cell);
  const { kind, shown = false } = outcome;
  const silent = fault.saysNothing === true && stops(outcome, which);
  if (kind === "good" || !stops(outcome, which))
    return { ...goodAnswer, shown: operations[title].shows && !silent, wait: undefined };
  const [status, type] = errorDue(cell);
  return {
    finished: false,
    shown,
    // Over HTTP, the status of a started stream has been sent, kinds are not visible, and types may be the vendor's.
    status: operations[title].stream && shown && way === "proxy" ? 200 : status,
    kind: way === "library" ? kind : undefined,
    type: way === "library" ? errorKinds[kind].type : type,
    hasMessage: true,
    wait: waitDue(cell),
  };
}

export function due(cell: Cell, which: Which, { faulty, state }: Played): Verdict {
  const outcome = outcomeOf(cell);
  const stepsIn = stops(outcome, which) ? 0 : 1;
  const out = coolsDown(outcome, which);
  const reached = typeof cell.fault.at === "string" ? 0 : 1;
  return {
    ...answerDue(cell, which),
    servedBy: stepsIn === 1 ? "other" : "faulty",
    retries: which === "pair" ? stepsIn : 0,
    fallbacks: which === "chain" ? stepsIn : 0,
    // A short time limit may end the call before it is sent.
    calls: [outcome.timeouts === undefined ? reached : Math.min(reached, faulty.length), stepsIn],
    health: out ? (blameOf(outcome.kind as ErrorKind) === "credential" ? "quarantined" : "cooling") : "healthy",
    reason: out ? outcome.kind : undefined,
    failures: out ? state.failures : countsAsFailure(outcome) ? 1 : 0,
    ends: 1,
    cooldownFor: out ? "as configured" : undefined,
    untidy: [],
  };
}
