import type { JsonObject, OperationName, PickContext, Random } from "@modelyard/core";

/** The parts of a call that strategies and filters may see. */
interface PickSource {
  readonly now: number;
  readonly services: { readonly random: Pick<Random, "next"> };
  readonly trail: { readonly modelGroup: string };
  readonly operation: OperationName;
  readonly stream: boolean;
  readonly inputTokens: number;
  readonly maxOutputTokens: number | undefined;
  readonly attempt: number;
  readonly request: JsonObject;
  readonly metadata: JsonObject;
}

/**
 * The view of a call that strategies and filters get, through which they cannot reach the call itself. It is a live
 * view that is created once per call, because a new object per pick would cost 100 bytes (bench/src/guard).
 */
export class PickFacts implements PickContext {
  readonly #call: PickSource;

  constructor(call: PickSource) {
    this.#call = call;
  }

  get now(): number {
    return this.#call.now;
  }

  get random(): Pick<Random, "next"> {
    return this.#call.services.random;
  }

  get group(): string {
    return this.#call.trail.modelGroup;
  }

  get operation(): OperationName {
    return this.#call.operation;
  }

  get stream(): boolean {
    return this.#call.stream;
  }

  get inputTokens(): number {
    return this.#call.inputTokens;
  }

  get maxOutputTokens(): number | undefined {
    return this.#call.maxOutputTokens;
  }

  get attempt(): number {
    return this.#call.attempt;
  }

  get request(): JsonObject {
    return this.#call.request;
  }

  get metadata(): JsonObject {
    return this.#call.metadata;
  }
}
