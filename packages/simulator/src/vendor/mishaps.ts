import { exponential, FixedChance, normal } from "../loop/chance.js";
import type { SimulatedRequest } from "../workload/simulated-request.js";
import type { CallFault, DeploymentModel, Fault, Slowness } from "./deployment-model.js";

/** One call as the vendor gets it. */
export interface VendorCall {
  /** The request's number within the workload. */
  readonly index: number;
  /** How many calls were made for this request before. */
  readonly attempt: number;
  readonly request: SimulatedRequest;
}

const microseconds = 1_000;

/**
 * What happens to single calls of a deployment by chance or by its faults. It depends only on the call and the time, so
 * that every strategy meets the same mishaps.
 */
export class Mishaps {
  readonly #model: DeploymentModel;
  readonly #faults: readonly CallFault[];
  readonly #network: number;
  readonly #fault: FixedChance;
  readonly #jitter: FixedChance;
  readonly #straggler: FixedChance;
  readonly #delay: FixedChance;

  constructor(model: DeploymentModel, seed: number) {
    const { networkMs = 150, faults = [] } = model;
    this.#model = model;
    this.#faults = faults.filter((fault) => !isSlowness(fault));
    this.#network = networkMs * microseconds;
    this.#fault = new FixedChance(seed, "fault");
    this.#jitter = new FixedChance(seed, "jitter");
    this.#straggler = new FixedChance(seed, "straggler");
    this.#delay = new FixedChance(seed, "straggler's delay");
  }

  get hasFaults(): boolean {
    return this.#faults.length > 0;
  }

  /** Whether calls that arrive at this time may have a fault. */
  mayAffect(time: number): boolean {
    return this.#faults.some((fault) => isDuring(fault, time));
  }

  /** The fault that a call has that arrives at this time. */
  faultOf({ index, attempt }: VendorCall, time: number): CallFault | undefined {
    return this.#faults.find(
      (fault) => isDuring(fault, time) && (fault.share === undefined || this.#fault.of(index, attempt) < fault.share),
    );
  }

  /** The time until a call arrives, in microseconds. */
  travelTime({ index, attempt }: VendorCall): number {
    const { networkJitter = 0, stragglers } = this.#model;
    let time = this.#network;
    if (networkJitter > 0) {
      const draws = [this.#jitter.of(index, attempt), this.#jitter.of(index, attempt + 1_000)];
      time *= Math.exp(networkJitter * normal({ next: () => draws.pop() ?? 0 }));
    }
    if (stragglers !== undefined && this.#straggler.of(index, attempt) < stragglers.share)
      time += exponential(this.#delay.of(index, attempt), stragglers.meanMs * microseconds);
    return time;
  }
}

export function isSlowness(fault: Fault): fault is Slowness {
  return fault.kind === "slow" || fault.kind === "slow_answers";
}

function isDuring({ fromMs, toMs }: CallFault, time: number): boolean {
  return time >= fromMs * microseconds && time < toMs * microseconds;
}
