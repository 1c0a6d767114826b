import { VirtualClock } from "@modelyard/testing";
import { describe, expect, it } from "vitest";
import { MetricsCollector, type WorkerChannel } from "./collect-metrics.js";
import type { ToWorker } from "./messages.js";

interface FakeWorker extends WorkerChannel {
  readonly received: ToWorker[];
}

function fakeWorker(): FakeWorker {
  const received: ToWorker[] = [];
  return { received, isConnected: () => true, send: (message) => received.push(message as ToWorker) > 0 };
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
    const asked = worker.received.findLast((message) => message.kind === "get_metrics");
    collector.receive(worker, { kind: "metrics", id: asked?.id ?? "", text });
  };
  return { clock, first, second, serving, collector, answer };
}

const got = ({ received }: FakeWorker): readonly ToWorker[] => received.filter(({ kind }) => kind === "all_metrics");
const both = [
  { worker: 1, text: "a" },
  { worker: 2, text: "b" },
];

describe("MetricsCollector", () => {
  it("makes one collection for concurrent requests, and a new one for the next", () => {
    const { first, second, collector, answer } = opened();
    collector.receive(first, { kind: "get_all_metrics", id: 1 });
    collector.receive(second, { kind: "get_all_metrics", id: 7 });
    answer(second, "b");
    collector.receive(first, { kind: "get_all_metrics", id: 2 });
    answer(first, "a");
    expect(got(first)).toEqual([1, 2].map((id) => ({ kind: "all_metrics", id, all: both })));
    expect(got(second)).toEqual([{ kind: "all_metrics", id: 7, all: both }]);
    expect(first.received.filter(({ kind }) => kind === "get_metrics")).toHaveLength(1);
    collector.receive(first, { kind: "get_all_metrics", id: 3 });
    expect(first.received.at(-1)).toEqual({ kind: "get_metrics", id: "2" });
  });

  it("omits workers that do not serve, that exit during the collection, or that do not answer within a second", async () => {
    const { clock, first, second, serving, collector, answer } = opened();
    collector.receive(first, { kind: "get_all_metrics", id: 1 });
    answer(first, "a");
    collector.forget(second);
    collector.receive(first, { kind: "get_all_metrics", id: 2 });
    answer(first, "a");
    await clock.advance(1_000);
    serving.delete(second);
    collector.receive(first, { kind: "get_all_metrics", id: 3 });
    answer(second, "late");
    answer(first, "a");
    expect(got(first)).toEqual([1, 2, 3].map((id) => ({ kind: "all_metrics", id, all: both.slice(0, 1) })));
    serving.clear();
    collector.receive(first, { kind: "get_all_metrics", id: 4 });
    expect(got(first).at(-1)).toEqual({ kind: "all_metrics", id: 4, all: [] });
    expect(clock.timers).toBe(0);
  });
});
