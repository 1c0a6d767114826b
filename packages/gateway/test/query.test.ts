import { once } from "node:events";
import { request } from "node:http";
import { createRouter } from "@modelyard/router";
import { scriptedProvider, VirtualClock } from "@modelyard/testing";
import { expect, it } from "vitest";
import { createGateway, toFetchHandler } from "../src/index.js";
import { createNodeServer } from "../src/node.js";
import { listen } from "./support/listen.js";

const clock = new VirtualClock();
const router = createRouter({
  clock,
  providers: [scriptedProvider({ clock })],
  modelList: [{ modelName: "m", model: "openai/x" }],
});
const gateway = createGateway(router, {
  routes: [
    {
      method: "GET",
      path: "/echo",
      open: true,
      handle: (asked) => ({
        status: 200,
        headers: {},
        body: JSON.stringify([asked.path, asked.query?.("a") ?? null, asked.query?.("b") ?? null]),
      }),
    },
  ],
});

async function throughNode(path: string): Promise<string> {
  const port = await listen(createNodeServer(gateway).server);
  const [response] = (await once(request({ port, path, agent: false }).end(), "response")) as [AsyncIterable<Buffer>];
  const pieces: Buffer[] = [];
  for await (const piece of response) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

it.each([
  ["/echo", null, null],
  ["/echo?", null, null],
  ["/echo?a", "", null],
  ["/echo?a=1&b=2&a=3", "1", "2"],
  ["/echo?b=x%2Fy+z%20?&%61=%C3%A4", "ä", "x/y z ?"],
  ["/echo?a=%", "%", null],
] as const)("both servers read the same of %s", async (path, a, b) => {
  const expected = JSON.stringify(["/echo", a, b]);
  expect(await (await toFetchHandler(gateway)(`http://gateway${path}`)).text()).toBe(expected);
  expect(await throughNode(path)).toBe(expected);
});
