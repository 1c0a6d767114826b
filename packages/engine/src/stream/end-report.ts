import type { RouterError } from "@modelyard/core";
import type { StreamPart } from "@modelyard/core/kit";

/** What a stream reports about its end. */
export interface StreamEnd {
  done(): void;
  failed(error: RouterError): void;
  /** The reader left, or aborted the request. */
  left(error: RouterError): void;
  part?(part: StreamPart): void;
}

/** Reports the end of a stream once, even if it ends before there is a listener. */
export class EndReport {
  #to: StreamEnd | undefined = undefined;
  #made = false;
  /** The end of the stream, if it came too early to be reported. */
  #early: RouterError | undefined = undefined;

  /** Whether the end was reported, or will be as soon as possible. */
  get made(): boolean {
    return this.#made;
  }

  /** Set once, before the first read. */
  set to(end: StreamEnd) {
    this.#to = end;
    if (this.#early !== undefined) tell(end, this.#early);
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
    else tell(this.#to, error);
  }
}

function tell(end: StreamEnd, error: RouterError): void {
  if (error.blame === "caller") end.left(error);
  else end.failed(error);
}
