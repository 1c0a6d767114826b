// `npm run bench:compare -- CHECKOUT`: compares this checkout's proxy with that of another checkout, which must be built,
// for example of the commit before a change. Rounds alternate between the two. Both are started many times: V8 compiles
// one process to code that is up to 10 % faster than that of the next, so a pair of processes is a single observation,
// however many rounds it runs. The errors are those of the mean over the starts.
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { quickTests, type Test, testsNamed, wireTests } from "./load/requests.js";
import { pinSelf } from "./machine/processes.js";
import { otherCore, startBare, startProxyOf, startUpstream, type Target, thisCheckout } from "./machine/targets.js";
import { measureOnce, type Sample } from "./measure.js";
import { meanRatio, type PairedRatio, pairedRatio } from "./report/statistics.js";

/** V8 takes about two seconds of full load to compile what it runs often. */
const warmUpMs = 3_000;
const windowMs = 1_000;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    /** How many times all processes are started. */
    starts: { type: "string", default: "12" },
    /** Rounds of each test with the same processes. */
    rounds: { type: "string", default: "4" },
    /** The tests of callers and vendors of all wires. */
    wires: { type: "boolean", default: false },
    /** Only tests whose names begin with this, for example `SSE` or `Messages`. */
    only: { type: "string" },
  },
});

const tests = chosenTests();
const nameWidth = Math.max(...tests.map(({ name }) => name.length)) + 2;

/** The samples of each target after one start, in the order of the rounds. */
type Rounds = Readonly<Record<"bare" | "here" | "there", Sample[]>>;

function chosenTests(): readonly Test[] {
  const { only, wires } = values;
  if (only !== undefined) return testsNamed(only);
  return wires ? wireTests : quickTests;
}

/** Starts all processes. The two checkouts take turns at being first, in case the order matters. */
async function startTargets(
  other: string,
  hereFirst: boolean,
): Promise<{ readonly upstream: Target; readonly compared: Target[] }> {
  const upstream = await startUpstream();
  const origin = `http://127.0.0.1:${String(upstream.running.port)}`;
  const serving = { upstream: origin, tests };
  const compared = [await startBare(origin)];
  const checkouts = [
    ["here", thisCheckout],
    ["there", other],
  ] as const;
  for (const [name, checkout] of hereFirst ? checkouts : checkouts.toReversed())
    compared.push(await startProxyOf(checkout, name, serving));
  return { upstream, compared };
}

async function playRounds(test: Test, targets: readonly Target[]): Promise<Rounds> {
  const rounds: Rounds = { bare: [], here: [], there: [] };
  for (const target of targets) await measureOnce(target, test, warmUpMs);
  for (let round = 0; round < Number(values.rounds); round += 1) {
    const inTurn = round % 2 === 0 ? targets : targets.toReversed();
    for (const target of inTurn) {
      const sample = await measureOnce(target, test, windowMs);
      rounds[target.name as keyof Rounds].push(sample);
    }
  }
  return rounds;
}

function shown({ mean, error }: PairedRatio): string {
  return `${mean.toFixed(3)} ±${(error * mean).toFixed(3)}`.padStart(16);
}

function line(test: Test, starts: readonly Rounds[]): string {
  type Name = keyof Rounds;
  const compare = (left: Name, right: Name, read: (sample: Sample) => number): PairedRatio =>
    meanRatio(
      starts.map((rounds) => {
        const pairs = rounds[left].map(
          (sample, index) => [read(sample), read(rounds[right][index] as Sample)] as const,
        );
        return pairedRatio(pairs).mean;
      }),
    );
  const speed = (sample: Sample): number => sample.requestsPerSecond;
  const cells = [
    compare("here", "bare", speed),
    compare("there", "bare", speed),
    compare("here", "there", speed),
    compare("here", "there", (sample) => sample.cpuUs),
  ];
  return `${test.name.padEnd(nameWidth)}${cells.map(shown).join("")}\n`;
}

const [given] = positionals;
const other = given === undefined ? undefined : resolve(given);
if (other === undefined || !existsSync(join(other, "apps/proxy/dist/cli.js"))) {
  process.stderr.write(
    `Usage: npm run bench:compare -- CHECKOUT [--starts 12] [--rounds 4] [--wires] [--only "SSE"]\n` +
      `CHECKOUT is another checkout of this repository with a built proxy (pnpm build); got ${given ?? "none"}.\n`,
  );
  process.exit(2);
}
if (tests.length === 0) {
  process.stderr.write(`No test's name begins with "${values.only ?? ""}".\n`);
  process.exit(2);
}
pinSelf(otherCore);
const results = new Map<Test, Rounds[]>(tests.map((test) => [test, []]));
for (let begun = 1; begun <= Number(values.starts); begun += 1) {
  const { upstream, compared } = await startTargets(other, begun % 2 === 1);
  try {
    for (const [test, starts] of results) {
      process.stderr.write(`start ${String(begun)} of ${values.starts}: ${test.name}\n`);
      starts.push(await playRounds(test, compared));
    }
  } finally {
    for (const { running } of [...compared, upstream]) running.stop();
  }
}
const titles = ["here / bare", "there / bare", "here / there", "CPU here/there"];
process.stdout.write(`\n${"requests/s".padEnd(nameWidth)}${titles.map((title) => title.padStart(16)).join("")}\n`);
for (const [test, starts] of results) process.stdout.write(line(test, starts));
process.exit(0);
