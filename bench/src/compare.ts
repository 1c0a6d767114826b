// `npm run bench:compare -- CHECKOUT`: compares this checkout's proxy with that of another checkout, which must be built,
// for example of the commit before a change. Rounds alternate between the two. Both are started several times, since V8
// may compile one process to code that is a few percent faster than in the next, which a single pair of runs cannot show.
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { allTests, quickTests, type Test } from "./load/requests.js";
import { pinSelf } from "./machine/processes.js";
import { otherCore, startBare, startProxyOf, startUpstream, type Target, thisCheckout } from "./machine/targets.js";
import { measureOnce, type Sample } from "./measure.js";
import { type PairedRatio, pairedRatio } from "./report/statistics.js";

const warmUpMs = 1_500;
const windowMs = 500;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    /** How often all processes are restarted. */
    starts: { type: "string", default: "4" },
    /** Rounds of each test with the same processes. */
    rounds: { type: "string", default: "14" },
    /** Only tests whose names begin with this, for example `SSE`. */
    only: { type: "string" },
  },
});

/** Requests per second of each target, by round. */
type Rounds = Readonly<Record<"bare" | "here" | "there", Sample[]>>;

function chosenTests(): readonly Test[] {
  const { only } = values;
  return only === undefined ? quickTests : allTests.filter(({ name }) => name.startsWith(only));
}

async function startTargets(other: string): Promise<{ readonly upstream: Target; readonly compared: Target[] }> {
  const upstream = await startUpstream();
  const origin = `http://127.0.0.1:${String(upstream.running.port)}`;
  const compared = [
    await startBare(origin),
    await startProxyOf(thisCheckout, "here", origin),
    await startProxyOf(other, "there", origin),
  ];
  return { upstream, compared };
}

async function playRounds(test: Test, targets: readonly Target[], rounds: Rounds): Promise<void> {
  for (const target of targets) await measureOnce(target, test, warmUpMs);
  for (let round = 0; round < Number(values.rounds); round += 1) {
    const inTurn = round % 2 === 0 ? targets : targets.toReversed();
    for (const target of inTurn) {
      const sample = await measureOnce(target, test, windowMs);
      rounds[target.name as keyof Rounds].push(sample);
    }
  }
}

function shown({ mean, error }: PairedRatio): string {
  return `${mean.toFixed(3)} ±${(error * mean).toFixed(3)}`.padStart(16);
}

function line(test: Test, { bare, here, there }: Rounds): string {
  const pairs = (left: readonly Sample[], right: readonly Sample[], read: (sample: Sample) => number): PairedRatio =>
    pairedRatio(left.map((sample, index) => [read(sample), read(right[index] as Sample)] as const));
  const speed = (sample: Sample): number => sample.requestsPerSecond;
  const cells = [
    pairs(here, bare, speed),
    pairs(there, bare, speed),
    pairs(here, there, speed),
    pairs(here, there, (sample) => sample.cpuUs),
  ];
  return `${test.name.padEnd(28)}${cells.map(shown).join("")}\n`;
}

const [given] = positionals;
const other = given === undefined ? undefined : resolve(given);
if (other === undefined || !existsSync(join(other, "apps/proxy/dist/cli.js"))) {
  process.stderr.write(
    `Usage: npm run bench:compare -- CHECKOUT [--starts 4] [--rounds 14] [--only "SSE"]\n` +
      `CHECKOUT is another checkout of this repository with a built proxy (pnpm build); got ${given ?? "none"}.\n`,
  );
  process.exit(2);
}
pinSelf(otherCore);
const tests = chosenTests();
const results = new Map<Test, Rounds>(tests.map((test) => [test, { bare: [], here: [], there: [] }]));
for (let begun = 1; begun <= Number(values.starts); begun += 1) {
  const { upstream, compared } = await startTargets(other);
  try {
    for (const [test, rounds] of results) {
      process.stderr.write(`start ${String(begun)} of ${values.starts}: ${test.name}\n`);
      await playRounds(test, compared, rounds);
    }
  } finally {
    for (const { running } of [...compared, upstream]) running.stop();
  }
}
const titles = ["here of bare", "there of bare", "here of there", "CPU, of there"];
process.stdout.write(`\n${"requests/s".padEnd(28)}${titles.map((title) => title.padStart(16)).join("")}\n`);
for (const [test, rounds] of results) process.stdout.write(line(test, rounds));
process.exit(0);
