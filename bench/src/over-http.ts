// Measures the proxy, a bare pass-through and peers over HTTP, in one run on the local machine.
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { chatTests, isOfChat, quickTests, type Test, testsNamed, wireTests } from "./load/requests.js";
import { pinSelf } from "./machine/processes.js";
import {
  otherCore,
  startBare,
  startHono,
  startLiteLLM,
  startPortkey,
  startProxy,
  startUpstream,
  type Target,
} from "./machine/targets.js";
import { measure, type Row, type Windows } from "./measure.js";
import { chart } from "./report/chart.js";
import { table } from "./report/table.js";

const { values } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    /** The tests of callers and vendors of all wires, instead of those of chats. */
    wires: { type: "boolean", default: false },
    /** Only tests whose names begin with this, for example `plain, 1 KB` or `Messages`. */
    only: { type: "string" },
  },
});
const { quick, wires, only } = values;
const windows: Windows = quick
  ? { rounds: 3, warmUpMs: 700, windowMs: 1_000 }
  : { rounds: 5, warmUpMs: 2_000, windowMs: 2_000 };

function chosenTests(): readonly Test[] {
  if (only !== undefined) return testsNamed(only);
  if (wires) return wireTests;
  return quick ? quickTests : chatTests;
}

async function startTargets(tests: readonly Test[]): Promise<readonly Target[]> {
  const upstream = await startUpstream();
  const origin = `http://127.0.0.1:${String(upstream.running.port)}`;
  const serving = { upstream: origin, tests };
  // Started one after the other, since the time until the proxy is ready is a result.
  const targets = [upstream, await startBare(origin), await startProxy(serving)];
  if (quick || !tests.some(isOfChat)) return targets;
  targets.push(await startProxy(serving, true));
  const litellm = process.env["BENCH_LITELLM"];
  const peers = [
    () => startHono(origin),
    () => startPortkey(origin),
    ...(litellm === undefined ? [] : [() => startLiteLLM(serving, litellm)]),
  ];
  for (const startPeer of peers) {
    try {
      targets.push(await startPeer());
    } catch (error) {
      progress(`A peer is omitted: ${String(error)}`);
    }
  }
  return targets;
}

function progress(text: string): void {
  process.stderr.write(`${text}\n`);
}

const tests = chosenTests();
if (tests.length === 0) {
  progress(`No test's name begins with "${only ?? ""}".`);
  process.exit(2);
}
pinSelf(otherCore);
const targets = await startTargets(tests);
const rows: Row[] = [];
try {
  for (const [index, test] of tests.entries()) {
    progress(`${String(index + 1)}/${String(tests.length)} ${test.name}`);
    rows.push(await measure(test, targets, windows));
  }
} finally {
  for (const target of targets) target.running.stop();
}
const readyMs = Object.fromEntries(targets.map(({ name, running }) => [name, Math.round(running.readyMs)]));
process.stdout.write(`\n${table(rows)}\nReady after, in ms: ${JSON.stringify(readyMs)}\n`);
const results = join(import.meta.dirname, "../results");
mkdirSync(results, { recursive: true });
const machine = { node: process.version, cpu: cpus()[0]?.model, cores: cpus().length };
writeFileSync(join(results, "over-http.json"), `${JSON.stringify({ machine, windows, readyMs, rows }, null, 2)}\n`);
writeFileSync(join(results, "over-http.svg"), chart(rows));
