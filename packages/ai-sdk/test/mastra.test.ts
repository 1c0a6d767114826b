// Mastra is large, so it is not a dependency: MODELYARD_MASTRA names a folder `node_modules` that has `@mastra/core` 1.71.
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { silentLogger } from "@modelyard/core";
import { MockLanguageModelV4 } from "ai/test";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { createModelyard, mastraGateway } from "../src/index.js";
import { failing, result, streamOf, textParts } from "./support/mocks.js";

const folder = process.env["MODELYARD_MASTRA"];
if (folder === undefined)
  process.stdout.write("Skipped Mastra: set MODELYARD_MASTRA to the node_modules that hold it.\n");

/** The part of Mastra's API that is used here. */
interface Mastra {
  readonly Agent: new (options: object) => {
    generate(prompt: string, options?: object): Promise<{ readonly text: string }>;
    stream(prompt: string): Promise<{ readonly text: Promise<string> }>;
  };
  readonly createTool: (options: object) => unknown;
  readonly Mastra: new (options: object) => { getAgent(name: string): InstanceType<Mastra["Agent"]> };
}

async function load(): Promise<Mastra> {
  const [agent, tools, mastra] = await Promise.all(
    ["agent", "tools", "mastra"].map(async (part) => {
      const file = pathToFileURL(join(folder ?? "", "@mastra/core/dist", part, "index.js")).href;
      return (await import(/* @vite-ignore */ file)) as object;
    }),
  );
  return { ...agent, ...tools, ...mastra } as Mastra;
}

describe.skipIf(folder === undefined)("an agent of Mastra", () => {
  const call = { type: "tool-call" as const, toolCallId: "c1", toolName: "add", input: '{"a":1,"b":2}' };
  const spare = (): MockLanguageModelV4 =>
    new MockLanguageModelV4({
      modelId: "b",
      doGenerate: [result([call], "tool-calls"), result("It is 3.")],
      doStream: async () => streamOf(textParts("It ", "is 3.")),
    });
  const provider = () =>
    createModelyard({
      logger: silentLogger,
      numRetries: 0,
      models: { fast: failing("a"), "eu/spare": spare() },
      fallbacks: { fast: ["eu/spare"] },
    });

  it("uses models behind one name, plain and streamed, with a tool and a fallback", async () => {
    const { Agent, createTool } = await load();
    const ai = provider();
    const add = createTool({
      id: "add",
      description: "Adds",
      inputSchema: z.object({ a: z.number(), b: z.number() }),
      execute: async ({ a, b }: { readonly a: number; readonly b: number }) => ({ sum: a + b }),
    });
    const agent = new Agent({ id: "adder", name: "Adder", instructions: "Add.", model: ai("fast"), tools: { add } });
    const streamed = await agent.stream("1 + 2?");
    expect(await streamed.text).toBe("It is 3.");
    expect((await agent.generate("1 + 2?")).text).toBe("It is 3.");
  });

  it("names them by strings", async () => {
    const { Agent, Mastra } = await load();
    for (const model of ["modelyard/fast", "modelyard/eu/spare"]) {
      const agent = new Agent({ id: "adder", name: "Adder", instructions: "Add.", model });
      const mastra = new Mastra({
        agents: { agent },
        gateways: { modelyard: mastraGateway(provider()) },
        logger: false,
      });
      expect(await (await mastra.getAgent("agent").stream("1 + 2?")).text).toBe("It is 3.");
    }
  });
});
