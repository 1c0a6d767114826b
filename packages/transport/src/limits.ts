import { type Cancellation, TransportError, type TransportRequest } from "@modelyard/core";

/** The limits on the phases before an answer's body. */
export class PhaseTimer {
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    readonly request: TransportRequest,
    readonly onTimeout: (error: TransportError) => void,
  ) {}

  connecting(): void {
    this.#arm(this.request.connectMs, "connection");
  }

  waiting(): void {
    this.#arm(this.request.headersMs, "status and headers");
  }

  stop(): void {
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #arm(ms: number | undefined, what: string): void {
    this.stop();
    if (ms === undefined) return;
    this.#timer = setTimeout(() => {
      this.onTimeout(new TransportError("timeout", `${this.request.origin}: no ${what} within ${String(ms)} ms`));
    }, ms);
  }
}

/** What went wrong, in our words; the cancellation's reason when that was the cause. */
export function explain(
  thrown: unknown,
  request: TransportRequest,
  phase: "connect" | "reset",
  cancellation: Cancellation | undefined,
): unknown {
  if (cancellation?.cancelled === true) return cancellation.reason;
  if (thrown instanceof TransportError) return thrown;
  const code = codeOf(thrown);
  const what = phase === "connect" ? "no connection" : "the connection broke";
  return new TransportError(phase, `${request.origin}: ${what}${code === undefined ? "" : ` (${code})`}`, {
    code,
    cause: thrown,
  });
}

function codeOf(thrown: unknown): string | undefined {
  if (typeof thrown !== "object" || thrown === null) return undefined;
  const { code, cause } = thrown as { readonly code?: unknown; readonly cause?: unknown };
  return typeof code === "string" ? code : codeOf(cause);
}
