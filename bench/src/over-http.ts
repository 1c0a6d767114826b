// Measures the proxy, a bare pass-through and peers over HTTP, in one run on the local machine.
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { allTests, quickTests, type Test } from "./load/requests.js";
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

const quick = process.argv.includes("--quick");
const only = process.argv.find((argument) => argument.startsWith("--only="))?.slice("--only=".length);
const windows: Windows = quick
  ? { rounds: 3, warmUpMs: 700, windowMs: 1_000 }
  : { rounds: 5, warmUpMs: 2_000, windowMs: 2_000 };

/** Only tests whose name begins with this, as in `--only="plain, 1 KB"`. */
function chosenTests(): readonly Test[] {
  if (only !== undefined) return allTests.filter(({ name }) => name.startsWith(only));
  return quick ? quickTests : allTests;
}

async function startTargets(): Promise<readonly Target[]> {
  const upstream = await startUpstream();
  const origin = `http://127.0.0.1:${String(upstream.running.port)}`;
  // Started one after the other, since the time until the proxy is ready is a result.
  const targets = [upstream, await startBare(origin), await startProxy(origin)];
  if (quick) return targets;
  targets.push(await startProxy(origin, true));
  const litellm = process.env["BENCH_LITELLM"];
  const peers = [
    () => startHono(origin),
    () => startPortkey(origin),
    ...(litellm === undefined ? [] : [() => startLiteLLM(origin, litellm)]),
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

pinSelf(otherCore);
const targets = await startTargets();
const rows: Row[] = [];
try {
  const tests = chosenTests();
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
