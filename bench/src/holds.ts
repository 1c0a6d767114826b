// Measures how long one request holds the event loop, compared to the time that `JSON.parse` takes for its body. According
// to docs/security.md, the difference is at most 10 ms. Needs Linux, which reports processor time precisely enough.
import { fork } from "node:child_process";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { createGateway } from "@modelyard/gateway";
import { createNodeServer } from "@modelyard/gateway/node";
import { createRouter } from "@modelyard/router";
import { type Body, bodies } from "./holds/bodies.js";
import { cpuMs, longestTurn } from "./holds/longest-turn.js";
import type { Answered, Prepared } from "./holds/peer.js";
import { type Setup, setups } from "./holds/setups.js";
import { median } from "./report/statistics.js";

const rounds = 5;
/** `holds.js BODY SETUP`: regular expressions that select which bodies and setups are measured. */
const [bodyPattern = "", setupPattern = ""] = process.argv.slice(2);

const peer = fork(join(import.meta.dirname, "holds/peer.js"), { serialization: "advanced" });
const [port] = (await once(peer, "message")) as [number];

function write(line: string): void {
  process.stdout.write(`${line}\n`);
}

function parseMs(text: string): number {
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const began = cpuMs();
    JSON.parse(text);
    times.push(cpuMs() - began);
  }
  return median(times);
}

async function ask(): Promise<Answered> {
  peer.send("ask");
  const [answered] = (await once(peer, "message")) as [Answered];
  return answered;
}

/** Sends the same request several times. @returns the longest turn of each, and the status of the answer */
async function holdsOf(setup: Setup, path: string, body: Uint8Array): Promise<{ status: number; turns: number[] }> {
  const router = createRouter(setup);
  const { server } = createNodeServer(createGateway(router));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  peer.send({ port: (server.address() as AddressInfo).port, path, body } satisfies Prepared);
  await once(peer, "message");
  const turns: number[] = [];
  for (let round = 0; round < rounds; round += 1) turns.push(await longestTurn(ask));
  const { status } = await ask();
  server.closeAllConnections();
  server.close();
  await router.close();
  return { status, turns };
}

async function measure(name: string, { path, text: fields }: Body): Promise<void> {
  const text = `{"model":"m",${fields}}`;
  const body = Buffer.from(text);
  const parse = parseMs(text);
  write(`${name}: ${(body.length / 2 ** 20).toFixed(1)} MB, JSON.parse ${parse.toFixed(0)} ms`);
  for (const [setupName, setup] of Object.entries(setups(`http://127.0.0.1:${String(port)}`))) {
    if (!new RegExp(setupPattern, "u").test(setupName)) continue;
    const { status, turns } = await holdsOf(setup, path, body);
    const hold = median(turns);
    const beyond = `${(hold - parse).toFixed(0)} ms more than JSON.parse`;
    write(`  ${setupName.padEnd(20)}${String(status)}  longest turn ${hold.toFixed(0)} ms, ${beyond}`);
  }
}

for (const [name, make] of Object.entries(bodies))
  if (new RegExp(bodyPattern, "u").test(name)) await measure(name, make());
peer.kill();
