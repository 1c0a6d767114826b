// `npm run path`: prints the path of one warm chat completion through the sources, from the client's socket to the
// vendor's and back: the files that it visits, in order, and the functions that it calls there. With `--stream`, the call
// is a stream of four events. With `--json`, only the figures are printed.
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setImmediate } from "node:timers/promises";
import { parseArgs } from "node:util";
import { createGateway } from "@modelyard/gateway";
import { createNodeServer } from "@modelyard/gateway/node";
import { openai } from "@modelyard/providers-openai";
import { createRouter } from "@modelyard/router";
import "./probe.js";

const { values: wanted } = parseArgs({
  options: { stream: { type: "boolean", default: false }, json: { type: "boolean", default: false } },
});

const head = { id: "1", created: 1_767_225_600, model: "m" };
const usage = { prompt_tokens: 9, completion_tokens: 2, total_tokens: 11 };
const answer = JSON.stringify({
  ...head,
  object: "chat.completion",
  choices: [{ index: 0, message: { role: "assistant", content: "Hello." }, finish_reason: "stop" }],
  usage,
});

function* events(): Generator<string> {
  for (const [content, reason] of [
    ["Hel", null],
    ["lo.", null],
    [undefined, "stop"],
  ])
    yield JSON.stringify({
      ...head,
      object: "chat.completion.chunk",
      choices: [{ index: 0, delta: { content }, finish_reason: reason }],
    });
  yield "[DONE]";
}

/** A vendor on real sockets. It is not part of a package, so the probe does not record it. */
const upstream = createServer((request, response) => {
  request.resume().on("end", () => {
    response.setHeader("content-type", wanted.stream ? "text/event-stream" : "application/json");
    if (!wanted.stream) response.end(answer);
    else {
      for (const event of events()) response.write(`data: ${event}\n\n`);
      response.end();
    }
  });
});

async function listen(server: Server): Promise<string> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
}

const apiBase = `${await listen(upstream)}/v1`;
const router = createRouter({
  providers: [openai()],
  modelList: [1, 2, 3].map((id) => ({ modelName: "m", model: "openai/m", apiKey: String(id), apiBase, rpm: 1_000 })),
});
const server = createNodeServer(createGateway(router, { masterKey: "sk-master" }));
const url = await listen(server.server);

async function call(): Promise<void> {
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: "Bearer sk-master", "content-type": "application/json" },
    body: JSON.stringify({ model: "m", stream: wanted.stream, messages: [{ role: "user", content: "Hi" }] }),
  });
  const text = await response.text();
  if (response.status !== 200) throw new Error(text);
}

/** Waits for the work after an answer was sent, since it belongs to the call. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await setImmediate();
}

// Enough calls for each deployment to be picked.
for (let warming = 0; warming < 50; warming += 1) await call();
await settled();
/** The function calls of one call: file below `packages`, and name. */
type Visit = readonly [file: string, name: string];

async function recorded(): Promise<Visit[]> {
  const made: Visit[] = [];
  globalThis.visited = (...visit) => {
    made.push(visit);
  };
  await call();
  await settled();
  globalThis.visited = () => undefined;
  return made;
}

// A timer that has nothing to do with a call may run beside it, so the shortest of several recordings counts.
const recordings = [await recorded(), await recorded(), await recorded()];
const visits = recordings.reduce((shortest, other) => (other.length < shortest.length ? other : shortest));
await server.drain(0);
await router.close();
upstream.close();

const packageOf = (file: string): string => file.slice(0, file.indexOf("/"));

function moves(places: readonly string[]): number {
  return places.filter((place, index) => index > 0 && place !== places[index - 1]).length;
}

const files = [...new Set(visits.map(([file]) => file))];
const filesByPackage: Record<string, number> = {};
for (const file of files) filesByPackage[packageOf(file)] = (filesByPackage[packageOf(file)] ?? 0) + 1;
const figures = {
  files: files.length,
  filesByPackage,
  functions: new Set(visits.map((visit) => visit.join(" "))).size,
  calls: visits.length,
  movesBetweenFiles: moves(visits.map(([file]) => file)),
  movesBetweenPackages: moves(visits.map(([file]) => packageOf(file))),
};

if (wanted.json) console.log(JSON.stringify({ ...figures, path: files }));
else {
  let shown = "";
  for (const [file, name] of visits) {
    if (file === shown) process.stdout.write(` > ${name}`);
    else process.stdout.write(`${shown === "" ? "" : "\n"}${file.padEnd(46)} ${name}`);
    shown = file;
  }
  console.log("\n\nFiles, in the order of their first visit:");
  for (const file of files) console.log(`  ${file}  ${String(visits.filter((visit) => visit[0] === file).length)}`);
  console.log("\n", figures);
}
