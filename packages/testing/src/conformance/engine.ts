import { type CallOptions, type ChatCompletionChunk, type Engine, RouterError } from "@modelyard/core";
import { Cancellation, type Outcome, type StreamOutcome, type StreamPart } from "@modelyard/core/kit";
import { describe, expect, it } from "vitest";
import { deepFreeze } from "./deep-freeze.js";

export interface EngineSetup {
  /** Creates a fresh engine. Called once per test. */
  create(): Engine | Promise<Engine>;
  /**
   * A listed model whose vendor answers at once, both plainly and as a stream of at least two parts.
   */
  readonly model: string;
  /** A model whose vendor fails. */
  readonly failing: string;
}

const decoder = new TextDecoder();

async function failureOf(promise: Promise<unknown>): Promise<RouterError> {
  const thrown: unknown = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!RouterError.isInstance(thrown)) throw new Error(`an engine rejects with a RouterError, not ${String(thrown)}`);
  return thrown;
}

function textOf(chunks: readonly unknown[]): string {
  return (chunks as readonly ChatCompletionChunk[]).map((chunk) => chunk.choices[0]?.delta.content ?? "").join("");
}

/** The events in the bytes of some parts. */
function eventsOf(bytes: Uint8Array): readonly unknown[] {
  const lines = decoder.decode(bytes).split(/\r?\n/u);
  return lines.filter((line) => line.startsWith("data:")).map((line) => JSON.parse(line.slice(5)) as unknown);
}

/** Tests every promise of the `Engine` contract. */
export function describeEngine(name: string, { create, model, failing }: EngineSetup): void {
  const body = deepFreeze({ model, messages: [{ role: "user", content: "Grüße ✓" }], metadata: { of: "a test" } });
  const once: CallOptions = { callId: "the-call", numRetries: 0, disableFallbacks: true };
  const streamed = async (engine: Engine, options = once): Promise<StreamOutcome<"chat">> => {
    const outcome: Outcome<"chat"> = await engine.execute("chat", { ...body, stream: true }, options);
    if (outcome.kind !== "stream") throw new Error("expected a stream, got an answer");
    return outcome;
  };

  describe(`${name} as an Engine`, () => {
    it("lists each model name once, and resolves it", async () => {
      const engine = await create();
      const listed = engine.models();
      expect(listed.map(({ id }) => id)).toContain(model);
      expect(new Set(listed.map(({ id }) => id)).size).toBe(listed.length);
      for (const listing of listed) {
        expect(listing.alias || listing.id === listing.group).toBe(true);
        expect(engine.resolve === undefined ? listing : engine.resolve(listing.id)).toEqual(listing);
      }
      expect(engine.resolve?.("no such name")).toBeUndefined();
    });

    it("answers with a trail, and does not change the request", async () => {
      const engine = await create();
      const outcome: Outcome<"chat"> = await engine.execute("chat", body, once);
      if (outcome.kind !== "answer") throw new Error("expected an answer, got a stream");
      expect(outcome.value.choices[0]?.message.content).toEqual(expect.any(String));
      const { bytes = JSON.stringify(outcome.value), trail } = outcome;
      expect(JSON.parse(typeof bytes === "string" ? bytes : decoder.decode(bytes))).toEqual(outcome.value);
      expect(trail).toMatchObject({ callId: "the-call", requestedModel: model });
      expect(trail.attempts.at(-1)).toMatchObject({ outcome: "success", deploymentId: trail.deploymentId });
      expect(engine.state().inFlight).toBe(0);
    });

    it("streams to the end, with bytes (if any) that match the chunks", async () => {
      const engine = await create();
      const { parts, trail } = await streamed(engine);
      expect(engine.state().inFlight).toBe(1);
      const seen: StreamPart[] = [];
      for await (const part of parts) seen.push(part);
      expect(textOf(seen.flatMap(({ chunks }) => chunks))).not.toBe("");
      for (const { bytes, chunks } of seen) expect(bytes === undefined ? chunks : eventsOf(bytes)).toEqual(chunks);
      expect(trail.attempts.at(-1)?.outcome).toBe("success");
      expect(engine.state().inFlight).toBe(0);
    });

    it("ends a stream when its reader leaves the loop", async () => {
      const engine = await create();
      const { parts, trail } = await streamed(engine);
      for await (const part of parts) if (part.content) break;
      expect(trail.attempts.at(-1)?.outcome).toBe("aborted");
      expect(engine.state().inFlight).toBe(0);
    });

    it("reads LiteLLM's fields from the body, and prefers options to them", async () => {
      const engine = await create();
      const mocked = { ...body, mock_response: "by the body" };
      const text = async (options?: CallOptions): Promise<unknown> => {
        const outcome: Outcome<"chat"> = await engine.execute("chat", mocked, options);
        return outcome.kind === "answer" ? outcome.value.choices[0]?.message.content : undefined;
      };
      expect(await text()).toBe("by the body");
      expect(await text({ mockResponse: "by the options" })).toBe("by the options");
    });

    it.each([false, true])(
      "rejects with a RouterError that names the attempts when the vendor fails (stream: %s)",
      async (stream) => {
        const engine = await create();
        const error = await failureOf(engine.execute("chat", { ...body, model: failing, stream }, once));
        expect(error.source).toBe("provider");
        expect(error.attempts.length).toBeGreaterThan(0);
        expect(error.trail).toMatchObject({ callId: "the-call", requestedModel: failing });
        expect(engine.state().inFlight).toBe(0);
      },
    );

    it.each([
      ["an unknown model", { ...body, model: "no such name" }, "model_not_found"],
      ["no model", { messages: [] }, "bad_request"],
      ["no messages", { model }, "bad_request"],
    ])("rejects %s with a RouterError, never synchronously", async (_, request, kind) => {
      const engine = await create();
      const promise = engine.execute("chat", request, once);
      expect((await failureOf(promise)).kind).toBe(kind);
      expect(engine.state().inFlight).toBe(0);
    });

    it.each([false, true])("makes no attempt for a caller that has disconnected (stream: %s)", async (stream) => {
      const engine = await create();
      const cancellation = new Cancellation();
      cancellation.cancel(new Error("gone"));
      for (const options of [{ signal: AbortSignal.abort() }, { cancellation }]) {
        const error = await failureOf(engine.execute("chat", { ...body, stream }, { ...once, ...options }));
        expect([error.kind, error.attempts.length]).toEqual(["aborted", 0]);
      }
      expect(engine.state().inFlight).toBe(0);
    });

    it("describes every deployment as plain data, without address or key", async () => {
      const engine = await create();
      const ids = engine.state().groups.flatMap((group) => group.deployments.map(({ id }) => id));
      const described = engine.deployments?.();
      if (described === undefined) return;
      expect(new Set(described.map(({ id }) => id))).toEqual(new Set(ids));
      for (const deployment of described) {
        expect(JSON.parse(JSON.stringify(deployment))).toMatchObject({ id: deployment.id, group: deployment.group });
        for (const field of ["connection", "defaults", "settings", "clientSideAuthParams"])
          expect(deployment).not.toHaveProperty(field);
      }
    });

    it("reports its state as plain data, with every deployment in its group", async () => {
      const engine = await create();
      await engine.execute("chat", body, once);
      const state = engine.state();
      expect(JSON.parse(JSON.stringify(state))).toMatchObject({ inFlight: 0, strategy: state.strategy });
      for (const group of state.groups)
        for (const deployment of group.deployments)
          expect(deployment).toMatchObject({ group: group.name, inFlight: 0 });
      expect(state.groups.flatMap(({ deployments }) => deployments).length).toBeGreaterThan(0);
    });
  });
}
