import type { Loss } from "./hub/common.js";

/** Collects what a writer cannot carry. Each path is reported once. Every request has a list, and most lists stay empty. */
export class LossList {
  #losses: Loss[] | undefined;
  #known: Set<string> | undefined;
  readonly #dropParams: boolean;

  /** @param dropParams - whether what would be refused is dropped instead */
  constructor(dropParams = false) {
    this.#dropParams = dropParams;
  }

  get all(): readonly Loss[] {
    return this.#losses ?? noLosses;
  }

  /** The answer does not depend on it. */
  dropped(path: string, why: string): void {
    this.add({ path, kind: "dropped", why });
  }

  converted(path: string, why: string): void {
    this.add({ path, kind: "converted", why });
  }

  synthesised(path: string, why: string): void {
    this.add({ path, kind: "synthesised", why });
  }

  /** The answer could be wrong without it. */
  refused(path: string, why: string): void {
    this.add({ path, kind: this.#dropParams ? "dropped" : "refused", why });
  }

  /** Leaving it out would break a promise about state or privacy, so `drop_params` does not help. */
  never(path: string, why: string): void {
    this.add({ path, kind: "refused", why });
  }

  protected add(loss: Loss): void {
    const key = `${loss.kind} ${loss.path}`;
    if (this.#known?.has(key) === true) return;
    (this.#known ??= new Set()).add(key);
    (this.#losses ??= []).push(loss);
  }
}

const noLosses: readonly Loss[] = Object.freeze([]);

/** The first loss for which the request must not be sent; `undefined`: it may be. */
export function refusalIn(losses: readonly Loss[]): Loss | undefined {
  return losses.find(({ kind }) => kind === "refused");
}
