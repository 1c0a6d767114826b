import type { RouterError } from "@modelyard/core";
import type { StreamPart } from "@modelyard/core/kit";

/** Receives the end of a stream, and its parts if needed. */
export interface StreamEnd {
  done(): void;
  failed(error: RouterError): void;
  /** The reader stopped reading or aborted the request. */
  left(error: RouterError): void;
  part?(part: StreamPart): void;
}

/** Reports the end of a stream exactly once, even if the stream ends before a receiver is set. */
export class EndReport {
  #to: StreamEnd | undefined = undefined;
  #made = false;
  /** An error that occurred before a receiver was set. */
  #early: RouterError | undefined = undefined;

  /** Whether the end has been reported, or will be once a receiver is set. */
  get made(): boolean {
    return this.#made;
  }

  /** Set once, before the first read. */
  set to(end: StreamEnd) {
    this.#to = end;
    if (this.#early !== undefined) reportFailure(end, this.#early);
  }

  part(part: StreamPart): void {
    this.#to?.part?.(part);
  }

  done(): void {
    if (this.#made) return;
    this.#made = true;
    this.#to?.done();
  }

  failed(error: RouterError): void {
    if (this.#made) return;
    this.#made = true;
    if (this.#to === undefined) this.#early = error;
    else reportFailure(this.#to, error);
  }
}

function reportFailure(end: StreamEnd, error: RouterError): void {
  if (error.blame === "caller") end.left(error);
  else end.failed(error);
}
