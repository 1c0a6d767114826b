import { type Behavior, breaks, nextTurn, Promptness, type UpstreamCall } from "@modelyard/testing";
import { anthropic, openai } from "modelyard";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { operations, type OperationTitle } from "./cells.js";
import { type Proxy, quiet, startProxy } from "./proxy.js";
import { connectRaw, post } from "./raw-client.js";
import { type VendorName, vendors } from "./stage.js";

const titles: readonly OperationTitle[] = [
  "chat",
  "streamed chat",
  "messages",
  "streamed messages",
  "responses",
  "streamed responses",
];
const names = ["openai", "anthropic", "openai over responses"] as const satisfies readonly VendorName[];

interface Phase {
  readonly name: string;
  readonly behavior: Behavior;
  /** Whether the call has reached this phase at the vendor. */
  readonly begun: (call: UpstreamCall) => boolean;
}

const phases: readonly Phase[] = [
  { name: "before the headers", behavior: breaks("hang_before_headers"), begun: () => true },
  {
    name: "before the first content",
    behavior: breaks("hang_before_first_token"),
    begun: ({ status }) => status !== undefined,
  },
  { name: "within the answer", behavior: breaks("hang_mid_stream"), begun: ({ sentBytes }) => sentBytes > 0 },
];

const idOf = (vendor: VendorName): string => vendor.replaceAll(" ", "-");

const cells = names.flatMap((vendor) => titles.flatMap((title) => phases.map((phase) => ({ vendor, title, phase }))));

let proxy: Proxy;
const promptness = new Promptness();
beforeAll(async () => {
  proxy = await startProxy({ router: { providers: [openai(), anthropic()] } });
  const modelList = names.map((vendor, index) => {
    const { model, wire } = vendors[vendor];
    const host = proxy.upstream.url(String(index));
    const apiBase = model.startsWith("openai/") ? `${host}/v1` : host;
    return { id: idOf(vendor), modelName: vendor, model, wire, apiBase, apiKey: "sk-canary", tpm: 1e9, rpm: 1e6 };
  });
  proxy.router.update({ config: { numRetries: 1, retryBudget: false, modelList } });
});
beforeEach(() => {
  proxy.upstream.reset();
});
afterAll(async () => {
  promptness.stop();
  await proxy.close();
});

async function settled(): Promise<void> {
  while (!quiet(proxy.router)) await nextTurn();
}

describe("a client that disconnects", () => {
  it.each(cells.map((cell) => [`${cell.phase.name} of ${cell.title} at ${cell.vendor}`, cell] as const))(
    "%s: stops the vendor's call at once",
    async (_, { vendor, title, phase }) => {
      const { path, body, stream } = operations[title];
      proxy.upstream.script({}, phase.behavior);
      const client = await connectRaw(proxy.port);
      client.write(post(path, JSON.stringify({ model: vendor, ...body })));
      const [call] = await proxy.upstream.waitForCalls(1);
      while (!phase.begun(call!)) await nextTurn();
      // In mid-stream, the client has read content.
      if (stream && phase.name === "within the answer")
        await client.until((read) => operations[title].reader.content.test(read.body));
      client.leave();
      await promptness.prompt(Promise.all([client.closed(), proxy.upstream.waitForClose(call!)]).then(settled));
      expect(call!.closedByClientAt).toBeDefined();
      expect(proxy.upstream.calls).toHaveLength(1);
      const deployment = proxy.router
        .state()
        .groups.flatMap(({ deployments }) => deployments)
        .find(({ id }) => id === idOf(vendor));
      expect(deployment).toMatchObject({ health: "healthy", failures: 0, inFlight: 0 });
    },
  );

  it("leaves no timers or sockets behind, over all APIs", async () => {
    const open = (): number => process.getActiveResourcesInfo().filter((name) => /TCP|Timeout/u.test(name)).length;
    const round = async (): Promise<void> => {
      proxy.upstream.reset();
      proxy.upstream.script({}, breaks("hang_mid_stream"));
      const clients = await Promise.all(
        names.flatMap((vendor) =>
          titles.map(async (title) => {
            const client = await connectRaw(proxy.port);
            const { path, body } = operations[title];
            client.write(post(path, JSON.stringify({ model: vendor, ...body })));
            return client;
          }),
        ),
      );
      await proxy.upstream.waitForCalls(clients.length);
      for (const client of clients) client.leave();
      await Promise.all(clients.map((client) => client.closed()));
      await settled();
      await proxy.upstream.idle();
      await proxy.upstream.waitForSockets(0);
    };
    await round();
    const before = open();
    for (let count = 0; count < 5; count += 1) await round();
    // The platform needs a few turns to close them; a leaked one never closes.
    while (open() > before) await nextTurn();
    expect(quiet(proxy.router)).toBe(true);
  });
});
