import { VirtualClock } from "@modelyard/testing";
import { describe, expect, it } from "vitest";
import { MetricsCollector, type WorkerChannel } from "./collect-metrics.js";
import type { ToWorker } from "./messages.js";

interface FakeWorker extends WorkerChannel {
  readonly told: ToWorker[];
}

function fakeWorker(): FakeWorker {
  const told: ToWorker[] = [];
  return { told, isConnected: () => true, send: (message) => told.push(message as ToWorker) > 0 };
}

/** A collector over workers 1 and 2. */
function opened() {
  const clock = new VirtualClock();
  const [first, second] = [fakeWorker(), fakeWorker()];
  const serving = new Map<WorkerChannel, number>([
    [second, 2],
    [first, 1],
  ]);
  const collector = new MetricsCollector(() => serving, clock);
  const answer = (worker: FakeWorker, text: string): void => {
    const asked = worker.told.findLast((message) => message.kind === "metrics_please");
    collector.receive(worker, { kind: "metrics", id: asked?.id ?? "", text });
  };
  return { clock, first, second, serving, collector, answer };
}

const got = ({ told }: FakeWorker): readonly ToWorker[] => told.filter(({ kind }) => kind === "metrics_of_all");
const both = [
  { worker: 1, text: "a" },
  { worker: 2, text: "b" },
];

describe("MetricsCollector", () => {
  it("makes one collection for concurrent requests, and a new one for the next", () => {
    const { first, second, collector, answer } = opened();
    collector.receive(first, { kind: "metrics_wanted", id: 1 });
    collector.receive(second, { kind: "metrics_wanted", id: 7 });
    answer(second, "b");
    collector.receive(first, { kind: "metrics_wanted", id: 2 });
    answer(first, "a");
    expect(got(first)).toEqual([1, 2].map((id) => ({ kind: "metrics_of_all", id, all: both })));
    expect(got(second)).toEqual([{ kind: "metrics_of_all", id: 7, all: both }]);
    expect(first.told.filter(({ kind }) => kind === "metrics_please")).toHaveLength(1);
    collector.receive(first, { kind: "metrics_wanted", id: 3 });
    expect(first.told.at(-1)).toEqual({ kind: "metrics_please", id: "2" });
  });

  it("omits workers that do not serve, that die meanwhile, and that are silent for a second", async () => {
    const { clock, first, second, serving, collector, answer } = opened();
    collector.receive(first, { kind: "metrics_wanted", id: 1 });
    answer(first, "a");
    collector.forget(second);
    collector.receive(first, { kind: "metrics_wanted", id: 2 });
    answer(first, "a");
    await clock.advance(1_000);
    serving.delete(second);
    collector.receive(first, { kind: "metrics_wanted", id: 3 });
    answer(second, "late");
    answer(first, "a");
    expect(got(first)).toEqual([1, 2, 3].map((id) => ({ kind: "metrics_of_all", id, all: both.slice(0, 1) })));
    serving.clear();
    collector.receive(first, { kind: "metrics_wanted", id: 4 });
    expect(got(first).at(-1)).toEqual({ kind: "metrics_of_all", id: 4, all: [] });
    expect(clock.timers).toBe(0);
  });
});
