import { writeSync } from "node:fs";
import type { Clock } from "@modelyard/core";
import { systemClock } from "@modelyard/core/kit";

export interface LogSinkOptions {
  /** Told, once there is room again, how many lines found none, and the code of what was in the way. */
  readonly onLost: (lines: number, code: string) => void;
  /** Takes the first bytes and says how many, or throws; never waits. @defaultValue standard error */
  readonly put?: (bytes: Uint8Array) => number;
  /** For the time between tries. @defaultValue the system's, which keeps no process alive */
  readonly clock?: Clock;
  /** Holds the whole process up for so many milliseconds, at its end. */
  readonly pause?: (ms: number) => void;
}

/** What waits for a slow reader at most, in bytes. */
const mostWaiting = 4 * 1024 * 1024;
/** A pipe takes so much as a whole or not at all: processes that share one do not mix their lines. Source: PIPE_BUF of Linux. */
const pieceBytes = 4_096;
/** Until a full pipe is tried again, in milliseconds. */
const fullMs = 10;
/** The same where nobody reads, a disk is full, ...: it may pass. */
const brokenMs = 1_000;
/** So long the end of the process waits for a slow reader at most, in milliseconds. */
const longestEndMs = 2_000;

const unreferenced: Clock = { ...systemClock, setTimer: (callback, ms) => setTimeout(callback, ms).unref() };

// The command has touched `process.stderr` before: by that Node made a pipe one that does not block.
const standardError = (bytes: Uint8Array): number => writeSync(2, bytes);

function holdUp(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

/**
 * Where the log goes. Lines of one turn of the event loop leave together, before the next one begins. A reader that is
 * slow, gone, or out of disk neither holds requests up nor ends the process: so many bytes wait for it, later lines are
 * counted instead, and the count is told.
 */
export class LogSink {
  readonly #options: Required<LogSinkOptions>;
  /** Whole lines, joined to pieces. */
  readonly #pieces: string[] = [];
  #lastBytes = 0;
  /** What is left of the piece that is being written. */
  #rest: Uint8Array | undefined;
  #waiting = 0;
  #scheduled = false;
  #lost = 0;
  #code = "";

  constructor(options: LogSinkOptions) {
    this.#options = { put: standardError, clock: unreferenced, pause: holdUp, ...options };
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

  /** Writes what waits, as the last thing the process does. */
  end(): void {
    for (let waitedMs = 0; waitedMs < longestEndMs; waitedMs += fullMs) {
      const code = this.#writeAll();
      if (code === undefined && !this.#tellLost()) return;
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
    if (code === undefined) this.#tellLost();
    else this.#options.clock.setTimer(this.#flush, code === "EAGAIN" ? fullMs : brokenMs);
  };

  /** @returns the code of what kept it from writing all */
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

  /** @returns whether there was anything to tell */
  #tellLost(): boolean {
    const lost = this.#lost;
    this.#lost = 0;
    if (lost > 0) this.#options.onLost(lost, this.#code);
    return lost > 0;
  }
}
