// `npm run bench`: the proxy beside a bare pass-through, in one run, as ratios. Load goes to this machine only.
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { Agent } from "undici";

const here = import.meta.dirname;
const root = join(here, "../..");
const seconds = Number(process.env["BENCH_SECONDS"] ?? "4");
const rounds = Number(process.env["BENCH_ROUNDS"] ?? "3");
const ticksPerSecond = 100;

interface Target {
  readonly name: string;
  readonly origin: string;
  readonly child: ChildProcess;
}

interface Sample {
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  /** Microseconds of user and system time per request. */
  readonly cpu: number;
  readonly residentMb: number;
}

/** A process on a core of its own, where there are two. */
function start(core: number, args: readonly string[], env: NodeJS.ProcessEnv = {}): ChildProcess {
  const pinned = availableParallelism() > 1 && process.platform === "linux";
  const command = pinned ? ["taskset", "-c", String(core), process.execPath, ...args] : [process.execPath, ...args];
  return spawn(command[0] ?? process.execPath, command.slice(1), {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, ...env },
  });
}

async function said(child: ChildProcess, pattern: RegExp): Promise<string> {
  let text = "";
  for await (const piece of child.stdout ?? []) {
    text += String(piece);
    const found = pattern.exec(text)?.[1];
    if (found !== undefined) return found;
  }
  throw new Error(`a process ended before it was ready: ${text}`);
}

function cpuTicks(pid: number): number {
  try {
    const fields =
      readFileSync(`/proc/${String(pid)}/stat`, "utf8")
        .split(") ")[1]
        ?.split(" ") ?? [];
    return Number(fields[11]) + Number(fields[12]);
  } catch {
    return Number.NaN;
  }
}

function residentMb(pid: number): number {
  try {
    return (
      Number(/VmRSS:\s+(\d+)/u.exec(readFileSync(`/proc/${String(pid)}/status`, "utf8"))?.[1] ?? Number.NaN) / 1024
    );
  } catch {
    return Number.NaN;
  }
}

function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

/** One request, with as little work of ours as can be. */
function request(agent: Agent, target: Target, body: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let good = false;
    agent.dispatch(
      {
        origin: target.origin,
        path: "/v1/chat/completions",
        method: "POST",
        headers: { "content-type": "application/json" },
        body,
      },
      {
        onRequestStart: () => undefined,
        onResponseStart: (_controller, status) => {
          good = status === 200;
        },
        onResponseData: () => undefined,
        onResponseEnd: () => {
          if (good) resolve();
          else reject(new Error(`${target.name} did not answer 200`));
        },
        onResponseError: (_controller, error) => {
          reject(error);
        },
      },
    );
  });
}

async function load(target: Target, connections: number, body: string, forMs: number): Promise<Sample> {
  const agent = new Agent({ connections, pipelining: 1 });
  const times: number[] = [];
  const pid = target.child.pid ?? 0;
  const ticks = cpuTicks(pid);
  const began = performance.now();
  const until = began + forMs;
  await Promise.all(
    Array.from({ length: connections }, async () => {
      while (performance.now() < until) {
        const at = performance.now();
        await request(agent, target, body);
        times.push(performance.now() - at);
      }
    }),
  );
  const took = (performance.now() - began) / 1000;
  const cpu = ((cpuTicks(pid) - ticks) / ticksPerSecond / times.length) * 1e6;
  await agent.close();
  times.sort((left, right) => left - right);
  return {
    perSecond: times.length / took,
    p50: percentile(times, 0.5),
    p99: percentile(times, 0.99),
    cpu,
    residentMb: residentMb(pid),
  };
}

function median(values: readonly number[]): number {
  return percentile(
    values.toSorted((left, right) => left - right),
    0.5,
  );
}

interface Row {
  readonly test: string;
  readonly bare: Sample;
  readonly proxy: Sample;
}

function middle(samples: readonly Sample[]): Sample {
  const pick = (read: (sample: Sample) => number): number => median(samples.map(read));
  return {
    perSecond: pick((one) => one.perSecond),
    p50: pick((one) => one.p50),
    p99: pick((one) => one.p99),
    cpu: pick((one) => one.cpu),
    residentMb: pick((one) => one.residentMb),
  };
}

function print(rows: readonly Row[]): void {
  const line = (cells: readonly string[]): string =>
    cells.map((cell, index) => (index === 0 ? cell.padEnd(26) : cell.padStart(12))).join("");
  process.stdout.write(
    `\n${line(["", "bare /s", "proxy /s", "ratio", "added p50 ms", "added p99 ms", "CPU us/req", "floor us", "RSS MB"])}\n`,
  );
  for (const { test, bare, proxy } of rows) {
    const cells = [
      bare.perSecond.toFixed(0),
      proxy.perSecond.toFixed(0),
      (proxy.perSecond / bare.perSecond).toFixed(2),
      (proxy.p50 - bare.p50).toFixed(2),
      (proxy.p99 - bare.p99).toFixed(2),
      proxy.cpu.toFixed(0),
      bare.cpu.toFixed(0),
      proxy.residentMb.toFixed(0),
    ];
    process.stdout.write(`${line([test, ...cells])}\n`);
  }
}

/** Bars of the ratios, for people. */
function chart(rows: readonly Row[]): string {
  const height = 26;
  const bars = rows.map(({ test, bare, proxy }, index) => {
    const ratio = proxy.perSecond / bare.perSecond;
    const y = 30 + index * height;
    return `<text x="10" y="${String(y + 14)}">${test}</text><rect x="200" y="${String(y)}" width="${(ratio * 300).toFixed(0)}" height="18" fill="#3a7bd5"/><text x="${(205 + ratio * 300).toFixed(0)}" y="${String(y + 14)}">${ratio.toFixed(2)}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="620" height="${String(40 + rows.length * height)}" font-family="sans-serif" font-size="13"><text x="10" y="18">Requests a second, as a share of a bare pass-through</text>${bars.join("")}</svg>\n`;
}

const upstreamChild = start(1, [join(here, "upstream.js")]);
const upstream = `http://127.0.0.1:${await said(upstreamChild, /listening (\d+)/u)}`;
const bareChild = start(0, [join(here, "bare.js"), upstream]);
const bare: Target = {
  name: "bare",
  origin: `http://127.0.0.1:${await said(bareChild, /listening (\d+)/u)}`,
  child: bareChild,
};
const config = join(mkdtempSync(join(tmpdir(), "modelyard-bench-")), "config.yaml");
const deployments = ["k1", "k2", "k3"].map(
  (key) =>
    `  - model_name: gpt-4\n    litellm_params: { model: openai/gpt-4, api_base: "${upstream}/1024/v1", api_key: ${key} }\n`,
);
writeFileSync(config, `model_list:\n${deployments.join("")}`);
const began = performance.now();
const proxyChild = start(0, [
  join(root, "apps/proxy/dist/cli.js"),
  "serve",
  "--config",
  config,
  "--port",
  "0",
  "--no-watch",
]);
const proxy: Target = { name: "proxy", origin: await said(proxyChild, /listens on (http:\S+)/u), child: proxyChild };
const readyMs = performance.now() - began;

const words = (bytes: number): string => "word ".repeat(Math.ceil(bytes / 5));
const chat = (bytes: number, stream: boolean): string =>
  JSON.stringify({
    model: "gpt-4",
    ...(stream ? { stream: true } : {}),
    messages: [{ role: "user", content: words(bytes) }],
  });
const tests = [
  ...[1, 64, 256].flatMap((connections) => [
    { name: `plain, 1 KB, ${String(connections)} conn.`, connections, body: chat(1_000, false) },
    { name: `SSE, 50 events, ${String(connections)} conn.`, connections, body: chat(200, true) },
  ]),
  { name: "plain, 10 KB, 64 conn.", connections: 64, body: chat(10_000, false) },
  { name: "plain, 100 KB, 64 conn.", connections: 64, body: chat(100_000, false) },
];

const rows: Row[] = [];
try {
  for (const test of tests) {
    process.stderr.write(`${test.name} ...\n`);
    for (const target of [bare, proxy]) await load(target, test.connections, test.body, 1_000);
    const samples = { bare: [] as Sample[], proxy: [] as Sample[] };
    for (let round = 0; round < rounds; round += 1) {
      samples.bare.push(await load(bare, test.connections, test.body, seconds * 1000));
      samples.proxy.push(await load(proxy, test.connections, test.body, seconds * 1000));
    }
    rows.push({ test: test.name, bare: middle(samples.bare), proxy: middle(samples.proxy) });
  }
} finally {
  for (const child of [proxyChild, bareChild, upstreamChild]) child.kill("SIGTERM");
}
print(rows);
process.stdout.write(`\nReady in ${readyMs.toFixed(0)} ms.\n`);
const results = join(root, "bench/results");
mkdirSync(results, { recursive: true });
writeFileSync(join(results, "proxy.json"), `${JSON.stringify({ node: process.version, readyMs, rows }, null, 2)}\n`);
writeFileSync(join(results, "proxy.svg"), chart(rows));
