import type { OperationName, ProviderError, ProviderResult } from "@modelyard/core";
import { RouterError } from "@modelyard/core";
import type { WireChoice } from "@modelyard/core/kit";

/** What the answer to one call may show about the operation that serves calls of its kind. */
export interface WireLesson {
  /** Another operation of the vendor that may serve the call, according to its refusal; `undefined`: none. */
  otherWire(refusal: ProviderError): WireChoice | undefined;
  /** Remembers the operation that served the call. */
  served(wire: OperationName): void;
}

/**
 * Follows a call whose refusal may name another operation. It then asks that one at once, which is neither a retry nor a
 * failure: the vendor has only said where it serves the model. If that is refused, too, the first refusal counts.
 * @param wire - the operation that was asked
 * @param ask - makes the call again, over another operation
 */
export async function learnWire(
  lesson: WireLesson,
  wire: OperationName,
  first: Promise<ProviderResult>,
  ask: (other: WireChoice) => Promise<ProviderResult>,
): Promise<ProviderResult> {
  try {
    const result = await first;
    lesson.served(wire);
    return result;
  } catch (thrown) {
    const other = isFromProvider(thrown) ? lesson.otherWire(thrown) : undefined;
    if (other === undefined || other.operation === wire) throw thrown;
    return askOther(lesson, other, thrown, ask);
  }
}

async function askOther(
  lesson: WireLesson,
  other: WireChoice,
  refusal: unknown,
  ask: (other: WireChoice) => Promise<ProviderResult>,
): Promise<ProviderResult> {
  try {
    const result = await ask(other);
    lesson.served(other.operation);
    return result;
  } catch (thrown) {
    throw isFromProvider(thrown) && refusals.has(thrown.kind) ? refusal : thrown;
  }
}

/** Kinds of errors that say no more than the first refusal. */
const refusals: ReadonlySet<string> = new Set(["bad_request", "not_found", "unsupported_params"]);

function isFromProvider(thrown: unknown): thrown is ProviderError {
  return RouterError.isInstance(thrown) && thrown.source === "provider";
}
