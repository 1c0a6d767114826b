import type { EventLoop, Happening } from "../loop/event-loop.js";

/** How fast a deployment works. */
export interface ServerSpeed {
  /** The prompt tokens that one prefill processes per second. @defaultValue 4_000 */
  readonly promptTokensPerSecond?: number;
  /**
   * How many prompts are processed at the same time; others wait in their order. 1 suits a self-hosted engine, and
   * `Infinity` a vendor whose capacity is not felt. @defaultValue 1
   */
  readonly prefills?: number;
  /** The time per output token while nothing else runs, in milliseconds. @defaultValue 20 */
  readonly tokenMs?: number;
  /**
   * How many answers at the same time double the time per token: it is `tokenMs * (1 + answers / sharedBy)`. `Infinity`:
   * it does not depend on the load. @defaultValue 16
   */
  readonly sharedBy?: number;
  /** How many answers can be written at the same time. @defaultValue 64 */
  readonly slots?: number;
}

/** One prompt that becomes an answer. */
export interface ServerJob {
  /** The prompt tokens that have to be processed, as known before its turn. */
  readonly promptTokens: number;
  readonly outputTokens: number;
  /** Called when its turn comes. @returns the prompt tokens that are not cached, which have to be processed */
  starts(): number;
  /** The prompt has been processed: the first token is there. */
  first(): void;
  /** The last token is there. */
  ends(): void;
}

type Phase = "waiting" | "prompt" | "answer" | "over";

/** A job on its way through a server. */
export interface ServerTicket {
  readonly job: ServerJob;
  phase: Phase;
  /** While its prompt is processed: the tokens that are left, as of `since`. */
  left: number;
  since: number;
  happening: Happening | undefined;
  /** While its answer is written: it ends when each answer has got this many tokens since the start of the server. */
  endsAt: number;
}

const second = 1_000_000;

/**
 * The engine of a deployment: prompts are processed in their order, and answers are written side by side, each at the
 * same rate, which falls as their number grows.
 */
export class ModelServer {
  readonly #loop: EventLoop;
  readonly #promptRate: number;
  readonly #prefills: number;
  readonly #tokenTime: number;
  readonly #sharedBy: number;
  readonly #slots: number;
  #speed = 1;
  #answerSpeed = 1;
  readonly #waiting: ServerTicket[] = [];
  /** The index of the first ticket in `#waiting` that is still there. */
  #head = 0;
  #waitingTokens = 0;
  readonly #prompts = new Set<ServerTicket>();
  /** Sorted by `endsAt`, the next one to end at the end of the array. */
  readonly #answers: ServerTicket[] = [];
  /** The tokens that each answer has got since the start, as of `#answersSince`. */
  #written = 0;
  #answersSince = 0;
  #nextEnd: Happening | undefined;

  constructor(loop: EventLoop, speed: ServerSpeed = {}) {
    const { promptTokensPerSecond = 4_000, prefills = 1, tokenMs = 20, sharedBy = 16, slots = 64 } = speed;
    this.#loop = loop;
    this.#promptRate = promptTokensPerSecond / second;
    this.#prefills = prefills;
    this.#tokenTime = tokenMs * 1_000;
    this.#sharedBy = sharedBy;
    this.#slots = slots;
  }

  /** The jobs that are not over. */
  get jobs(): number {
    return this.#waiting.length - this.#head + this.#prompts.size + this.#answers.length;
  }

  submit(job: ServerJob): ServerTicket {
    const ticket: ServerTicket = { job, phase: "waiting", left: 0, since: 0, happening: undefined, endsAt: 0 };
    this.#waiting.push(ticket);
    this.#waitingTokens += job.promptTokens;
    this.#startWaiting();
    return ticket;
  }

  /** Stops a job. Has no effect if it is over. */
  stop(ticket: ServerTicket): void {
    const { phase } = ticket;
    ticket.phase = "over";
    if (phase === "waiting") {
      this.#waiting.splice(this.#waiting.indexOf(ticket, this.#head), 1);
      this.#waitingTokens -= ticket.job.promptTokens;
    } else if (phase === "prompt") {
      this.#loop.cancel(ticket.happening);
      this.#prompts.delete(ticket);
    } else if (phase === "answer") {
      this.#advance();
      this.#answers.splice(this.#answers.indexOf(ticket), 1);
      this.#planEnd();
    }
    this.#startWaiting();
  }

  /** The answer tokens that a job has written so far. */
  written(ticket: ServerTicket): number {
    if (ticket.phase !== "answer") return 0;
    this.#advance();
    return Math.max(0, Math.min(ticket.job.outputTokens, ticket.job.outputTokens - (ticket.endsAt - this.#written)));
  }

  /**
   * Makes everything faster or slower from now on, also what is in progress.
   * @param speed - 1 is as configured, 0 stops everything
   * @param answerSpeed - an additional factor for answers
   */
  setSpeed(speed: number, answerSpeed: number): void {
    this.#advance();
    for (const ticket of this.#prompts) this.#advancePrompt(ticket);
    this.#speed = speed;
    this.#answerSpeed = answerSpeed;
    for (const ticket of this.#prompts) this.#planFirst(ticket);
    this.#planEnd();
  }

  /**
   * The time until a job has its first token that arrives after `arrival`, if nothing else followed. In microseconds.
   * @param coming - jobs that are on their way and will arrive before it
   */
  timeToFirst(promptTokens: number, arrival: number, coming: ReadonlySet<ServerJob>): number {
    let ahead = this.#tokensAhead();
    for (const job of coming) ahead += job.promptTokens;
    const rate = this.#promptRate * this.#speed;
    return Math.max(arrival, ahead / this.#prefills / rate) + promptTokens / rate;
  }

  /** As `timeToFirst`, until its end. */
  timeToEnd(promptTokens: number, outputTokens: number, arrival: number, coming: ReadonlySet<ServerJob>): number {
    this.#advance();
    const first = this.timeToFirst(promptTokens, arrival, coming);
    if (first === Number.POSITIVE_INFINITY || this.#answerRate() === 0) return Number.POSITIVE_INFINITY;
    // What will be written next to it: answers in progress, and those of prompts that come before it.
    const rest: number[] = [];
    for (const { endsAt } of this.#answers) rest.push(endsAt - this.#written);
    for (const { job } of this.#prompts) rest.push(job.outputTokens);
    for (let index = this.#head; index < this.#waiting.length; index += 1)
      rest.push((this.#waiting[index] as ServerTicket).job.outputTokens);
    for (const job of coming) rest.push(job.outputTokens);
    return first + this.#drain(rest, first, outputTokens);
  }

  /** How much a new job would delay the answers in progress, in total. In microseconds. */
  delayOfOthers(outputTokens: number): number {
    this.#advance();
    let shared = 0;
    for (const { endsAt } of this.#answers) shared += Math.min(outputTokens, endsAt - this.#written);
    return (shared * this.#tokenTime) / this.#sharedBy / this.#answerRate();
  }

  /** The time in which `own` tokens are written after `first`, next to answers with these numbers of tokens left. */
  #drain(rest: readonly number[], first: number, own: number): number {
    const others = Float64Array.from(rest).toSorted();
    let time = 0;
    let done = 0;
    let index = 0;
    let from = 0;
    let end = Number.POSITIVE_INFINITY;
    for (;;) {
      const joined = time >= first;
      if (joined && end === Number.POSITIVE_INFINITY) {
        end = done + own;
        from = time;
      }
      const next = others[index] ?? Number.POSITIVE_INFINITY;
      const perToken = this.#timePerToken(others.length - index + (joined ? 1 : 0));
      if (joined && end <= next) return time + (end - done) * perToken - from;
      const untilNext = next === Number.POSITIVE_INFINITY ? Number.POSITIVE_INFINITY : (next - done) * perToken;
      if (!joined && time + untilNext >= first) {
        done += (first - time) / perToken;
        time = first;
        continue;
      }
      time += untilNext;
      done = next;
      index += 1;
    }
  }

  #answerRate(): number {
    return this.#speed * this.#answerSpeed;
  }

  #timePerToken(answers: number): number {
    return (this.#tokenTime * (1 + answers / this.#sharedBy)) / this.#answerRate();
  }

  #tokensAhead(): number {
    let tokens = this.#waitingTokens;
    for (const ticket of this.#prompts) {
      this.#advancePrompt(ticket);
      tokens += ticket.left;
    }
    return tokens;
  }

  #startWaiting(): void {
    while (
      this.#head < this.#waiting.length &&
      this.#prompts.size < this.#prefills &&
      this.#prompts.size + this.#answers.length < this.#slots
    ) {
      const ticket = this.#waiting[this.#head] as ServerTicket;
      this.#head += 1;
      if (this.#head > 64 && this.#head * 2 > this.#waiting.length) {
        this.#waiting.splice(0, this.#head);
        this.#head = 0;
      }
      this.#waitingTokens -= ticket.job.promptTokens;
      ticket.phase = "prompt";
      ticket.left = ticket.job.starts();
      ticket.since = this.#loop.time;
      this.#prompts.add(ticket);
      this.#planFirst(ticket);
    }
  }

  #advancePrompt(ticket: ServerTicket): void {
    const now = this.#loop.time;
    ticket.left = Math.max(0, ticket.left - (now - ticket.since) * this.#promptRate * this.#speed);
    ticket.since = now;
  }

  #planFirst(ticket: ServerTicket): void {
    this.#loop.cancel(ticket.happening);
    ticket.happening = undefined;
    if (this.#speed === 0) return;
    ticket.happening = this.#loop.planSettling(ticket.left / (this.#promptRate * this.#speed), () => {
      this.#prompts.delete(ticket);
      this.#advance();
      ticket.phase = "answer";
      ticket.endsAt = this.#written + ticket.job.outputTokens;
      insert(this.#answers, ticket);
      this.#planEnd();
      ticket.job.first();
      this.#startWaiting();
    });
  }

  /** Brings `#written` up to now. */
  #advance(): void {
    const now = this.#loop.time;
    if (this.#answers.length > 0 && this.#answerRate() > 0)
      this.#written += (now - this.#answersSince) / this.#timePerToken(this.#answers.length);
    this.#answersSince = now;
  }

  /** Plans the end of the answer that ends next. `#advance` has been called. */
  #planEnd(): void {
    this.#loop.cancel(this.#nextEnd);
    this.#nextEnd = undefined;
    const next = this.#answers.at(-1);
    if (next === undefined || this.#answerRate() === 0) return;
    const time = (next.endsAt - this.#written) * this.#timePerToken(this.#answers.length);
    this.#nextEnd = this.#loop.planSettling(time, () => {
      this.#advance();
      this.#answers.pop();
      next.phase = "over";
      this.#planEnd();
      next.job.ends();
      this.#startWaiting();
    });
  }
}

function insert(answers: ServerTicket[], ticket: ServerTicket): void {
  let index = answers.length;
  answers.push(ticket);
  while (index > 0) {
    const before = answers[index - 1] as ServerTicket;
    if (before.endsAt > ticket.endsAt) break;
    answers[index] = before;
    index -= 1;
  }
  answers[index] = ticket;
}
