// Measures how long one request holds the event loop. According to docs/security.md, that is at most 10 ms longer than the
// `JSON.parse` of its body takes; if it is more, the script names those requests at the end and exits with 1. Needs Linux,
// which reports processor time precisely enough.
import { fork } from "node:child_process";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { createGateway } from "@modelyard/gateway";
import { createNodeServer } from "@modelyard/gateway/node";
import { createRouter } from "@modelyard/router";
import { type Body, bodies } from "./holds/bodies.js";
import { type LongestTurn, longestTurn } from "./holds/longest-turn.js";
import type { Answered, Prepared } from "./holds/peer.js";
import { type Setup, setups } from "./holds/setups.js";
import { median } from "./report/statistics.js";

const rounds = 5;
const mostMs = 10;
/** `holds.js BODY SETUP`: regular expressions that select which bodies and setups are measured. */
const [bodyPattern = "", setupPattern = ""] = process.argv.slice(2);

const peer = fork(join(import.meta.dirname, "holds/peer.js"), { serialization: "advanced" });
const [port] = (await once(peer, "message")) as [number];

function write(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function ask(): Promise<Answered> {
  peer.send("ask");
  const [answered] = (await once(peer, "message")) as [Answered];
  return answered;
}

/** Sends the same request several times. @returns the longest turn of each, and the status of the answer */
async function holdsOf(
  setup: Setup,
  path: string,
  body: Uint8Array,
): Promise<{ status: number; turns: LongestTurn[] }> {
  const router = createRouter(setup);
  const { server } = createNodeServer(createGateway(router));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  peer.send({ port: (server.address() as AddressInfo).port, path, body } satisfies Prepared);
  await once(peer, "message");
  const turns: LongestTurn[] = [];
  for (let round = 0; round < rounds; round += 1) turns.push(await longestTurn(ask));
  const { status } = await ask();
  server.closeAllConnections();
  server.close();
  await router.close();
  return { status, turns };
}

function inMs(ms: number): string {
  return `${ms.toFixed(1).padStart(5)} ms`;
}

/** The requests that held the event loop for too long. */
const tooLong: string[] = [];

async function measure(name: string, { path, text }: Body): Promise<void> {
  const body = Buffer.from(`{"model":"m",${text}}`);
  write(`${name}: ${(body.length / 2 ** 20).toFixed(1)} MB`);
  for (const [setupName, setup] of Object.entries(setups(`http://127.0.0.1:${String(port)}`))) {
    if (!new RegExp(setupPattern, "u").test(setupName)) continue;
    const { status, turns } = await holdsOf(setup, path, body);
    const [turn, parsing, collecting] = (["turnMs", "parsingMs", "collectingMs"] as const).map((figure) =>
      median(turns.map((measured) => measured[figure])),
    ) as [number, number, number];
    const figures = [`longest turn ${inMs(turn)}`, `JSON.parse ${inMs(parsing)}`, `collecting ${inMs(collecting)}`];
    write(`  ${setupName.padEnd(20)}${String(status)}  ${figures.join(", ")}`);
    if (turn - parsing > mostMs) tooLong.push(`${name}, ${setupName}: ${inMs(turn - parsing)} more than JSON.parse`);
  }
}

for (const [name, make] of Object.entries(bodies))
  if (new RegExp(bodyPattern, "u").test(name)) await measure(name, make());
peer.kill();
write(
  tooLong.length === 0
    ? `\nNo turn took more than ${String(mostMs)} ms longer than JSON.parse.`
    : `\nToo long:\n  ${tooLong.join("\n  ")}`,
);
process.exitCode = tooLong.length === 0 ? 0 : 1;
