// `npm run soak [-- --minutes 3 --clients 24]`: runs the built proxy in a separate process under a mix of successful calls,
// streams, clients that disconnect, and every fault. Fails (exit code 1) if memory or handles grow, if an answer is neither
// valid nor a proper error, or if the proxy exits by itself.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { startUpstream } from "@modelyard/testing";
import { act } from "./soak/clients.js";
import type { Sample } from "./soak/probe.js";
import { ProxyProcess } from "./soak/proxy-process.js";
import { configuration, scriptVendors } from "./soak/vendors.js";

const { values } = parseArgs({
  options: { minutes: { type: "string", default: "3" }, clients: { type: "string", default: "24" } },
});
const minutes = Number(values.minutes);
const clients = Number(values.clients);
if (!(minutes > 0) || !(clients >= 1)) throw new Error("--minutes and --clients must be numbers above 0");

/** Most that memory may grow per minute after warming up, in bytes. */
const mostGrowth = 1024 * 1024;
/** Most handles that may be added by pooled connections. */
const mostHandles = 12;
const sampleEveryMs = 5_000;
/** Longer than idle connections are kept, in milliseconds. */
const settleMs = 6_000;

const say = (text: string): boolean => process.stdout.write(`${text}\n`);
const mb = (bytes: number): string => (bytes / 1024 / 1024).toFixed(2);
const handlesOf = ({ resources }: Sample): number => Object.values(resources).reduce((sum, count) => sum + count, 0);

/** Growth per minute, by least squares. */
function growth(samples: readonly Sample[], read: (sample: Sample) => number): number {
  const mean = (list: readonly number[]): number => list.reduce((sum, value) => sum + value, 0) / list.length;
  const times = samples.map(({ at }) => at / 60_000);
  const levels = samples.map(read);
  const [time, level] = [mean(times), mean(levels)];
  const together = times.reduce((sum, at, index) => sum + (at - time) * ((levels[index] ?? 0) - level), 0);
  return together / times.reduce((sum, at) => sum + (at - time) ** 2, 0);
}

/** Clients that make calls without pause until they are stopped. */
class Crowd {
  readonly outcomes = new Map<string, number>();
  readonly faults = new Map<string, number>();
  done = 0;
  acting = 0;
  #state: "busy" | "resting" | "gone" = "busy";
  readonly #origin: string;

  constructor(origin: string) {
    this.#origin = origin;
  }

  set state(state: "busy" | "resting" | "gone") {
    this.#state = state;
  }

  get state(): "busy" | "resting" | "gone" {
    return this.#state;
  }

  async run(): Promise<void> {
    while (this.state !== "gone") {
      if (this.state === "resting") await sleep(20);
      else await this.#once();
    }
  }

  async #once(): Promise<void> {
    this.acting += 1;
    try {
      add(this.outcomes, await act({ origin: this.#origin, random: Math.random }));
      this.done += 1;
    } catch (error) {
      add(this.faults, wordsOf(error));
      await sleep(50);
    } finally {
      this.acting -= 1;
    }
  }
}

function wordsOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? ` (${error.cause.message})` : "";
  return String(error) + cause;
}

function add(counts: Map<string, number>, word: string): void {
  counts.set(word, (counts.get(word) ?? 0) + 1);
}

const upstream = await startUpstream();
scriptVendors(upstream, Math.random);
const folder = mkdtempSync(join(tmpdir(), "modelyard-soak-"));
const file = join(folder, "config.yaml");
writeFileSync(file, configuration(upstream));
const proxy = await ProxyProcess.start({
  cli: fileURLToPath(new URL("../../apps/proxy/dist/cli.js", import.meta.url)),
  probe: fileURLToPath(new URL("soak/probe.js", import.meta.url)),
  configFile: file,
});
const crowd = new Crowd(await proxy.origin());
const running = Array.from({ length: clients }, () => crowd.run());

/** What the proxy holds without load, after idle connections and timers have ended. */
async function atRest(): Promise<Sample> {
  crowd.state = "resting";
  while ((crowd.acting > 0 || upstream.open > 0) && proxy.ended === undefined) await sleep(20);
  await sleep(settleMs);
  const sample = await proxy.sample();
  crowd.state = "busy";
  return sample;
}

async function underLoad(): Promise<readonly Sample[]> {
  const samples: Sample[] = [];
  const until = Date.now() + minutes * 60_000;
  while (Date.now() < until && proxy.ended === undefined) {
    await sleep(sampleEveryMs);
    const sample = await proxy.sample();
    samples.push(sample);
    const held = `heap ${mb(sample.heapUsed)} MB, external ${mb(sample.external)} MB, rss ${mb(sample.rss)} MB`;
    say(`${String(crowd.done).padStart(8)} requests, ${held}, ${String(handlesOf(sample))} handles`);
  }
  return samples;
}

async function soak(): Promise<readonly string[]> {
  const warmMs = Math.max(20_000, minutes * 60_000 * 0.3);
  const warming = `after ${String(Math.round(warmMs / 1000))} s of warming up`;
  say(`soak: ${String(clients)} clients for ${String(minutes)} min, ${warming}`);
  await sleep(warmMs);
  const before = await atRest();
  const samples = await underLoad();
  const after = await atRest();
  const heap = growth(samples, (sample) => sample.heapUsed);
  const external = growth(samples, (sample) => sample.external);
  const [first, last] = [handlesOf(before), handlesOf(after)];
  say(
    `\noutcomes: ${JSON.stringify(Object.fromEntries([...crowd.outcomes].toSorted(([left], [right]) => left.localeCompare(right))))}`,
  );
  say(`growth per minute: heap ${mb(heap)} MB, external ${mb(external)} MB`);
  say(`at rest: heap ${mb(before.heapUsed)} -> ${mb(after.heapUsed)} MB, handles ${String(first)} -> ${String(last)}`);
  say(`resources: ${JSON.stringify(before.resources)} -> ${JSON.stringify(after.resources)}`);
  return [
    ...(heap > mostGrowth ? [`the heap grows by ${mb(heap)} MB per minute`] : []),
    ...(external > mostGrowth ? [`memory outside of the heap grows by ${mb(external)} MB per minute`] : []),
    ...(last - first > mostHandles ? [`${String(last - first)} more handles than after warming up`] : []),
    ...[...crowd.faults].map(([what, times]) => `${String(times)} times: ${what}`),
  ];
}

const problems: string[] = [];
try {
  problems.push(...(await soak()));
} catch (error) {
  problems.push(String(error));
}
crowd.state = "gone";
await Promise.all(running);
const end = await proxy.stop();
if (end !== undefined) problems.push(end);
await upstream.close();
rmSync(folder, { recursive: true });
say(problems.length === 0 ? "soak: good" : `soak: ${problems.join("\n      ")}`);
process.exitCode = problems.length === 0 ? 0 : 1;
