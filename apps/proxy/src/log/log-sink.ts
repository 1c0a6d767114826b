import { writeSync } from "node:fs";
import type { Clock } from "@modelyard/core";
import { systemClock } from "@modelyard/core/kit";

export interface LogSinkOptions {
  /** Called once lines can be written again, with the number of dropped lines and the code of the last error. */
  readonly onLost: (lines: number, code: string) => void;
  /**
   * Writes as many bytes as possible without blocking, and returns their number.
   * @throws if nothing can be written, with `EAGAIN` if the reader is slow
   * @defaultValue writes to standard error
   */
  readonly put?: (bytes: Uint8Array) => number;
  /**
   * Times the next try after an error.
   * @defaultValue the system clock, with timers that do not keep the process alive
   */
  readonly clock?: Clock;
  /**
   * Blocks the process between tries while it exits. Milliseconds.
   * @defaultValue `Atomics.wait`
   */
  readonly pause?: (ms: number) => void;
}

/** Limit for lines that wait for a slow reader, in bytes. */
const mostWaiting = 4 * 1024 * 1024;
/**
 * Writes of up to this size to a pipe are atomic, so that the lines of processes that share a pipe do not mix. Source:
 * PIPE_BUF of Linux.
 */
const pieceBytes = 4_096;
/** Time until the next try if the pipe is full, in milliseconds. */
const fullMs = 10;
/** Time until the next try after any other error, in milliseconds. A full disk, for example, may have space again. */
const brokenMs = 1_000;
/** Limit for how long the exit of the process waits for a slow reader, in milliseconds. */
const longestEndMs = 2_000;

const unreferenced: Clock = { ...systemClock, setTimer: (callback, ms) => setTimeout(callback, ms).unref() };

// If standard error is a pipe, it does not block: accessing `process.stderr`, which the command has done, changes that.
const standardError = (bytes: Uint8Array): number => writeSync(2, bytes);

function blockFor(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

/**
 * Writes the log. The lines of one turn of the event loop are written together at its end. A slow or closed reader, or
 * a full disk, neither delays requests nor ends the process: lines are buffered up to a limit, and further lines are
 * dropped, counted and reported.
 */
export class LogSink {
  readonly #options: Required<LogSinkOptions>;
  /** Whole lines, joined to pieces of at most `pieceBytes`. A longer line is a piece by itself. */
  readonly #pieces: string[] = [];
  #lastBytes = 0;
  /** The unwritten rest of the current piece. */
  #rest: Uint8Array | undefined;
  #waiting = 0;
  #scheduled = false;
  #lost = 0;
  #code = "";

  constructor(options: LogSinkOptions) {
    this.#options = { put: standardError, clock: unreferenced, pause: blockFor, ...options };
  }

  write(line: string): void {
    const bytes = Buffer.byteLength(line);
    if (this.#waiting + bytes > mostWaiting) {
      this.#lost += 1;
      return;
    }
    this.#waiting += bytes;
    this.#append(line, bytes);
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(this.#flush);
  }

  /** Writes the buffered lines while the process exits. */
  end(): void {
    for (let waitedMs = 0; waitedMs < longestEndMs; waitedMs += fullMs) {
      const code = this.#writeAll();
      if (code === undefined && !this.#reportLost()) return;
      if (code === "EAGAIN") this.#options.pause(fullMs);
      else if (code !== undefined) return;
    }
  }

  #append(line: string, bytes: number): void {
    const { length } = this.#pieces;
    if (length > 0 && this.#lastBytes + bytes <= pieceBytes) {
      this.#pieces[length - 1] += line;
      this.#lastBytes += bytes;
    } else {
      this.#pieces.push(line);
      this.#lastBytes = bytes;
    }
  }

  readonly #flush = (): void => {
    const code = this.#writeAll();
    this.#scheduled = code !== undefined;
    if (code === undefined) this.#reportLost();
    else this.#options.clock.setTimer(this.#flush, code === "EAGAIN" ? fullMs : brokenMs);
  };

  /** @returns the error's code if not everything could be written */
  #writeAll(): string | undefined {
    for (let bytes = this.#next(); bytes !== undefined; bytes = this.#next()) {
      try {
        const written = this.#options.put(bytes);
        this.#waiting -= written;
        this.#rest = written < bytes.length ? bytes.subarray(written) : undefined;
      } catch (error) {
        this.#rest = bytes;
        this.#code = (error as NodeJS.ErrnoException).code ?? String(error);
        return this.#code;
      }
    }
    return undefined;
  }

  #next(): Uint8Array | undefined {
    if (this.#rest !== undefined) return this.#rest;
    const piece = this.#pieces.shift();
    return piece === undefined ? undefined : Buffer.from(piece);
  }

  /** @returns whether lines had been dropped */
  #reportLost(): boolean {
    const lost = this.#lost;
    this.#lost = 0;
    if (lost > 0) this.#options.onLost(lost, this.#code);
    return lost > 0;
  }
}
