// `npm run bench -- --bars`: whether the proxy reaches its bars, compared to bare in the same test. Each test has processes
// of its own, so that memory and compiled code are those of this test alone, and each is started several times: V8 compiles
// one process to code that is up to 10 % faster than that of the next. The errors are those of the mean over the starts.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import type { Observation } from "./bars/bars.js";
import { barsTable } from "./bars/bars-table.js";
import { chatTests, type Test, wireTests } from "./load/requests.js";
import { pinSelf, residentMb } from "./machine/processes.js";
import { otherCore, startBare, startProxy, startUpstream, type Target } from "./machine/targets.js";
import { measureOnce, middle, type Sample } from "./measure.js";
import { pairedRatio } from "./report/statistics.js";

const { values } = parseArgs({
  options: {
    bars: { type: "boolean" },
    /** How many times the processes of each test are started. */
    starts: { type: "string", default: "4" },
    /** Windows per start. */
    rounds: { type: "string", default: "4" },
    /** Length of a window, in milliseconds. */
    window: { type: "string", default: "500" },
    /** How long each process is put under load before it is measured, in milliseconds. */
    "warm-up": { type: "string", default: "2000" },
    /** Only tests whose names begin with this, for example `Messages`. */
    only: { type: "string", default: "" },
  },
});

/** How long after its start an idle process is looked at, in milliseconds. */
const idleMs = 2_000;

/** A stream with pauses says nothing about speed. */
const tests = [...chatTests, ...wireTests].filter(({ name, kind }) => kind !== "paced" && name.startsWith(values.only));

/** @returns the samples of each target, in the order of the rounds */
async function playRounds(test: Test, targets: readonly Target[]): Promise<ReadonlyMap<Target, readonly Sample[]>> {
  const samples = new Map<Target, Sample[]>(targets.map((target) => [target, []]));
  for (const target of targets) await measureOnce(target, test, Number(values["warm-up"]));
  for (let round = 0; round < Number(values.rounds); round += 1) {
    for (const target of round % 2 === 0 ? targets : targets.toReversed())
      samples.get(target)?.push(await measureOnce(target, test, Number(values.window)));
  }
  return samples;
}

/** One test with new processes. They take turns at being first, in case the order matters. */
async function observe(test: Test, upstream: Target, proxyFirst: boolean): Promise<Observation> {
  const origin = `http://127.0.0.1:${String(upstream.running.port)}`;
  const bare = await startBare(origin);
  const started = [bare];
  try {
    const proxy = await startProxy({ upstream: origin, tests: [test] });
    started.push(proxy);
    // What is added is only judged with one connection.
    const targets = [...(proxyFirst ? [proxy, bare] : [bare, proxy]), ...(test.connections === 1 ? [upstream] : [])];
    const samples = await playRounds(test, targets);
    const of = (target: Target): readonly Sample[] => samples.get(target) ?? [];
    const ofBare = of(bare);
    const speeds = of(proxy).map(
      ({ requestsPerSecond }, round) => [requestsPerSecond, ofBare[round]?.requestsPerSecond ?? Number.NaN] as const,
    );
    const middleOfProxy = middle(of(proxy));
    return {
      share: pairedRatio(speeds).mean,
      residentMb: middleOfProxy.residentMb,
      bareResidentMb: middle(ofBare).residentMb,
      addedFirstByteMs: middleOfProxy.firstByteP50Ms - middle(of(upstream)).firstByteP50Ms,
    };
  } finally {
    for (const { running } of started) running.stop();
  }
}

/** Memory of a proxy that has served nothing, with the groups of all tests. */
async function idleMb(upstream: Target): Promise<number> {
  const { running } = await startProxy({ upstream: `http://127.0.0.1:${String(upstream.running.port)}`, tests });
  await delay(idleMs);
  const resident = residentMb(running.pid);
  running.stop();
  return resident;
}

if (tests.length === 0) {
  process.stderr.write(`No test's name begins with "${values.only}".\n`);
  process.exit(2);
}
pinSelf(otherCore);
const upstream = await startUpstream();
const results = new Map<Test, Observation[]>(tests.map((test) => [test, []]));
const idle: number[] = [];
try {
  for (let begun = 1; begun <= Number(values.starts); begun += 1) {
    idle.push(await idleMb(upstream));
    for (const [test, observations] of results) {
      const observation = await observe(test, upstream, begun % 2 === 1);
      observations.push(observation);
      const shown = `${observation.share.toFixed(3)} of bare, ${observation.residentMb.toFixed(0)} MB`;
      process.stderr.write(`start ${String(begun)} of ${values.starts}: ${test.name}: ${shown}\n`);
    }
  }
} finally {
  upstream.running.stop();
}
const { text, failed } = barsTable(results, idle);
process.stdout.write(`\n${text}`);
const folder = join(import.meta.dirname, "../results");
mkdirSync(folder, { recursive: true });
const observed = [...results].map(([{ name }, observations]) => ({ name, observations }));
writeFileSync(
  join(folder, "bars.json"),
  `${JSON.stringify({ node: process.version, idleMb: idle, observed }, null, 2)}\n`,
);
process.exit(failed === 0 ? 0 : 1);
