import type { Logger } from "@modelyard/core";
import { RouterError, seededRandom } from "@modelyard/core";
import { deploymentOptions, fails, failure, streams } from "@modelyard/testing";
import { describe, expect, it } from "vitest";
import { type Harness, type HarnessOptions, setup } from "./support/harness.js";

interface Line {
  readonly level: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A router with a healthy fallback, and what it logged. */
function logged(options: Partial<HarnessOptions> = {}): Harness & { readonly lines: Line[] } {
  const lines: Line[] = [];
  const at = (level: string) => (fields: Line["fields"]) => void lines.push({ level, fields });
  const logger: Logger = { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
  const modelList = [deploymentOptions("a"), deploymentOptions("b", { modelName: "spare" })];
  return { ...setup({ modelList, fallbacks: { "gpt-4": ["spare"] }, logger, ...options }), lines };
}

/** A source of random numbers that works until `broken` is set. */
function fragileRandom() {
  const random = { ...seededRandom(1), broken: undefined as unknown };
  const { next } = random;
  random.next = () => {
    // oxlint-disable-next-line typescript/only-throw-error -- parts of users may throw anything
    if (random.broken !== undefined) throw random.broken;
    return next();
  };
  return random;
}

describe("a bug in the router's own code", () => {
  it.each([
    ["a TypeError", new TypeError("Cannot read properties of undefined (reading 'secret prompt')")],
    ["a RangeError", new RangeError("Invalid time value")],
    ["something that is not an error", "a string"],
    ["nothing at all", null],
  ])("is an internal error and causes no fallback: %s", async (_, thrown) => {
    const random = fragileRandom();
    const harness = logged({ random });
    harness.provider.script("a", fails("internal_server"));
    random.broken = thrown;
    const error = await failure(harness.ask());
    expect(RouterError.isInstance(error)).toBe(true);
    expect([error.kind, error.status, error.source, error.blame]).toEqual(["api_error", 500, "router", "upstream"]);
    expect(error.cause).toBe(thrown);
    expect(harness.served()).toEqual(["a"]);
    expect(harness.types()).not.toContain("fallback");
    expect(error.trail).toMatchObject({ fallbacks: 0, retries: 0 });
  });

  it("is reported to callbacks as a RouterError with a kind", async () => {
    const random = fragileRandom();
    const harness = logged({ random });
    harness.provider.script("a", fails("internal_server"));
    random.broken = new TypeError("no");
    await failure(harness.ask());
    const errors = harness.events.flatMap((event) => ("error" in event ? [event.error] : []));
    expect(errors.map((error) => RouterError.isInstance(error) && error.kind)).toEqual([
      "internal_server",
      "api_error",
    ]);
  });

  it("is logged once with its stack, and without a message that may quote a prompt", async () => {
    const random = fragileRandom();
    const harness = logged({ random });
    harness.provider.script("a", fails("internal_server"));
    random.broken = new SyntaxError('Unexpected token, "secret prompt" is not valid JSON');
    await failure(harness.ask());
    const errors = harness.lines.filter(({ level }) => level === "error");
    expect(errors).toHaveLength(1);
    expect(errors[0]?.fields).toMatchObject({ error: "SyntaxError" });
    expect(errors[0]?.fields["stack"]).toContainEqual(expect.stringContaining("internal-errors.test"));
    expect(JSON.stringify(harness.lines)).not.toContain("secret prompt");
  });

  it("costs the deployment neither its health nor a parallel slot", async () => {
    const random = fragileRandom();
    const harness = logged({ random, modelList: [deploymentOptions("a", { maxParallelRequests: 1 })], fallbacks: {} });
    harness.provider.script("a", fails("internal_server"));
    random.broken = new TypeError("no");
    await failure(harness.ask());
    random.broken = undefined;
    expect(harness.router.state().groups[0]?.deployments[0]).toMatchObject({ inFlight: 0, health: "healthy" });
  });

  it("is logged when it prevents the continuation of a broken stream, and the caller gets the stream's error", async () => {
    const random = fragileRandom();
    const modelList = [
      deploymentOptions("a"),
      deploymentOptions("b", { modelName: "spare", capabilities: { prefix: true } }),
    ];
    const harness = logged({ random, modelList, numRetries: 1, midStreamFallback: "continue" });
    harness.provider.script("a", streams(["once "], { failAfter: 1 }));
    harness.provider.script("b", fails("internal_server"));
    const stream = await harness.ask({ stream: true });
    random.broken = new TypeError("no");
    const error = await failure(drain(stream));
    expect(error.kind).toBe("internal_server");
    expect(harness.lines.filter(({ level }) => level === "error")).toHaveLength(1);
  });
});

async function drain(stream: object): Promise<void> {
  for await (const _ of stream as AsyncIterable<unknown>);
}
