import { EventLoop } from "../loop/event-loop.js";
import type { CallerFigures, Goal, MeasuredTime } from "../run/recorder.js";
import { CallerRecorder } from "../run/recorder.js";
import type { DeploymentModel } from "../vendor/deployment-model.js";
import { ModeledDeployment } from "../vendor/modeled-deployment.js";
import type { SimulatedRequest, Workload } from "../workload/simulated-request.js";

export interface ReferenceOptions {
  readonly workload: Workload;
  /** All of them can serve all requests. */
  readonly deployments: readonly DeploymentModel[];
  /** @defaultValue 1 */
  readonly seed?: number;
  /** @defaultValue 120_000 */
  readonly patienceMs?: number;
  readonly goal?: Goal;
  readonly measured?: MeasuredTime;
}

/** Chooses a deployment, knowing everything about all of them. */
type Choice = (deployments: readonly ModeledDeployment[], request: SimulatedRequest) => ModeledDeployment;

/** Assigns each request as it arrives, and lets the deployments work. */
function assign(options: ReferenceOptions, choose: Choice): CallerFigures {
  const { workload, seed = 1, patienceMs = 120_000, measured, goal } = options;
  const loop = new EventLoop();
  const deployments = options.deployments.map((model) => new ModeledDeployment(loop, model, seed));
  const callers = new CallerRecorder({
    patienceMs,
    ...(measured === undefined ? {} : { measured }),
    ...(goal === undefined ? {} : { goal }),
  });
  const requests = workload[Symbol.iterator]();
  let arrived = 0;
  let isComplete = false;
  const arrive = (request: SimulatedRequest): void => {
    const index = arrived;
    arrived += 1;
    const arrival = loop.time;
    let first = 0;
    const exchange = choose(deployments, request).take(
      { index, attempt: 0, request },
      {
        first: () => {
          first = loop.time;
        },
        ended: () => {
          loop.cancel(timer);
          // A plain call has nothing before its end.
          const seen = request.stream === false ? loop.time : first;
          callers.answered(index, { arrival, first: seen, end: loop.time }, request);
        },
        failed: (status) => {
          loop.cancel(timer);
          callers.failed(index, { arrival, first: undefined, end: loop.time }, String(status), request);
        },
      },
    );
    const timer = loop.plan(patienceMs * 1_000, () => {
      exchange.leave();
      callers.failed(index, { arrival, first: first === 0 ? undefined : first, end: loop.time }, "aborted", request);
    });
  };
  const awaitNext = (): void => {
    const next = requests.next();
    if (next.done === true) isComplete = true;
    else
      loop.plan(next.value.atMs * 1_000 - loop.time, () => {
        awaitNext();
        arrive(next.value);
      });
  };
  awaitNext();
  loop.runAtOnce(() => isComplete && callers.over === arrived);
  return callers.figures();
}

/** The deployment with the smallest value, without those that refuse the request unless all do. */
function least(deployments: readonly ModeledDeployment[], request: SimulatedRequest, value: Value): ModeledDeployment {
  let chosen: ModeledDeployment | undefined;
  let lowest = Number.POSITIVE_INFINITY;
  for (const deployment of deployments) {
    const own = deployment.refuses(request) ? Number.MAX_VALUE : value(deployment, request);
    if (chosen === undefined || own < lowest) {
      chosen = deployment;
      lowest = own;
    }
  }
  if (chosen === undefined) throw new Error("There is no deployment to choose from.");
  return chosen;
}

/** Figures of a reference: each one is the best of several ways to choose. */
export interface ReferenceFigures {
  readonly firstTokenP50Ms: number;
  readonly firstTokenP95Ms: number;
  readonly firstTokenP99Ms: number;
  readonly latencyMeanMs: number;
  readonly latencyP99Ms: number;
  readonly success: number;
  readonly goodput: number;
}

function best(ways: readonly CallerFigures[]): ReferenceFigures {
  const lowest = (read: (figures: CallerFigures) => number): number => Math.min(...ways.map(read));
  return {
    firstTokenP50Ms: lowest(({ firstTokenMs }) => firstTokenMs.p50),
    firstTokenP95Ms: lowest(({ firstTokenMs }) => firstTokenMs.p95),
    firstTokenP99Ms: lowest(({ firstTokenMs }) => firstTokenMs.p99),
    latencyMeanMs: lowest(({ latencyMs }) => latencyMs.mean),
    latencyP99Ms: lowest(({ latencyMs }) => latencyMs.p99),
    success: Math.max(...ways.map(({ success }) => success)),
    goodput: Math.max(...ways.map(({ goodput }) => goodput)),
  };
}

type Value = (deployment: ModeledDeployment, request: SimulatedRequest) => number;

/** What a router that knows everything might want to be as small as possible. */
const aims: readonly Value[] = [
  (deployment, request) => deployment.timeToEnd(request),
  (deployment, request) => deployment.timeToEnd(request) + deployment.server.delayOfOthers(request.outputTokens),
  (deployment, request) => deployment.timeToFirst(request),
];

/**
 * An omniscient router: it knows every queue, the true length of every answer, and every fault. It sends each request
 * to the deployment that will finish it first, with or without the delay that this causes for others, or that will
 * begin to answer first. Each figure is the best one of the three. This is not the optimum, since it does not look
 * ahead.
 */
export function omniscient(options: ReferenceOptions): ReferenceFigures {
  return best(aims.map((aim) => assign(options, (deployments, request) => least(deployments, request, aim))));
}

/**
 * A bound that no router can beat: each request alone on the deployment that is the fastest for it, without faults and
 * limits.
 */
export function withoutQueues(options: ReferenceOptions): ReferenceFigures {
  const { workload, deployments, seed = 1, patienceMs = 120_000, measured, goal } = options;
  const loop = new EventLoop();
  const all = deployments.map((model) => new ModeledDeployment(loop, { ...model, faults: [] }, seed));
  const callers = new CallerRecorder({
    patienceMs,
    ...(measured === undefined ? {} : { measured }),
    ...(goal === undefined ? {} : { goal }),
  });
  let index = 0;
  for (const request of workload) {
    const arrival = Math.ceil(request.atMs * 1_000);
    const times = all.map((deployment) => deployment.alone(request));
    const end = Math.min(...times.map((time) => time.end));
    const first = request.stream === false ? end : Math.min(...times.map((time) => time.first));
    callers.answered(index, { arrival, first: arrival + first, end: arrival + end }, request);
    index += 1;
  }
  return best([callers.figures()]);
}

/**
 * The best mean latency of all possible assignments of a few requests, each sent when it arrives, by trying them all.
 * It shows how far {@link omniscient} is from the optimum.
 * @throws if there are more than 200,000 assignments
 */
export function bestAssignment(options: ReferenceOptions): number {
  const requests = [...options.workload].length;
  const choices = options.deployments.length;
  const assignments = choices ** requests;
  if (assignments > 200_000) throw new Error(`There are ${String(assignments)} assignments, too many to try them all.`);
  let lowest = Number.POSITIVE_INFINITY;
  for (let number = 0; number < assignments; number += 1) {
    let rest = number;
    const figures = assign(options, (deployments) => {
      const chosen = deployments[rest % choices] as ModeledDeployment;
      rest = Math.floor(rest / choices);
      return chosen;
    });
    lowest = Math.min(lowest, figures.latencyMs.mean);
  }
  return lowest;
}
