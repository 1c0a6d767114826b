import {
  Cancellation,
  type Deployment,
  type OperationName,
  type Provider,
  type ProviderCall,
  RouterError,
  Secret,
  type StreamPart,
} from "@modelyard/core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { makeCandidate } from "../candidates.js";
import { breaks, refuses, replies } from "../upstream/behaviour.js";
import type { DialectName } from "../upstream/asked.js";
import { startUpstream, type Upstream } from "../upstream/start-upstream.js";
import { specialErrors } from "../upstream/vendor-failures.js";

export interface ProviderSetup {
  create(): Provider;
  /** Which of the scripted upstream's languages it speaks. */
  readonly dialect: DialectName;
  /** What goes behind the host's address. @defaultValue nothing */
  readonly suffix?: string;
  readonly apiVersion?: string;
}

const canary = "key-canary-0123456789";
const chat = Object.freeze({
  model: "asked",
  messages: Object.freeze([Object.freeze({ role: "user", content: "hi" })]),
});

async function failure(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("it should have failed");
}

/** Every sentence of the `Provider` contract, as tests against the scripted upstream. */
export function describeProvider(name: string, setup: ProviderSetup): void {
  describe(`${name} as a Provider`, () => {
    let upstream: Upstream;
    let provider: Provider;
    beforeAll(async () => {
      upstream = await startUpstream();
      provider = setup.create();
    });
    afterEach(() => {
      upstream.reset();
    });
    afterAll(async () => {
      await provider.close?.();
      await upstream.close();
    });

    const deployment = (): Deployment => {
      const plain = makeCandidate({ id: "d" }).deployment;
      const baseUrl = `${upstream.url("host")}${setup.suffix ?? ""}`;
      return {
        ...plain,
        provider: provider.name,
        model: "vendor-model",
        connection: { ...plain.connection, apiKey: new Secret(canary), baseUrl, apiVersion: setup.apiVersion },
      };
    };
    const call = (overrides: Partial<ProviderCall> = {}): ProviderCall => ({
      deployment: deployment(),
      model: "vendor-model",
      request: chat,
      stream: false,
      cancellation: new Cancellation(),
      connectMs: 2_000,
      headersMs: 2_000,
      dropParams: false,
      now: () => Date.UTC(2026, 0, 1),
      ...overrides,
    });
    const streamCall = (overrides: Partial<ProviderCall> = {}): ProviderCall =>
      call({
        stream: true,
        request: Object.freeze({ ...chat, stream: true }) as unknown as ProviderCall["request"],
        ...overrides,
      });
    const parts = async (made: ProviderCall): Promise<readonly StreamPart[]> => {
      const result = await provider.call("chat", made);
      const read: StreamPart[] = [];
      if (result.kind === "stream") for await (const part of result.parts) read.push(part);
      return read;
    };
    const text = (read: readonly StreamPart[]): string =>
      read
        .flatMap(
          (part) =>
            part.chunks as unknown as readonly {
              readonly choices: readonly { readonly delta: { readonly content?: string | null } }[];
            }[],
        )
        .map((chunk) => chunk.choices[0]?.delta.content ?? "")
        .join("");

    it("answers a chat in OpenAI's shape with one call, and leaves the request alone", async () => {
      const result = await provider.call("chat", call());
      expect(result).toMatchObject({
        kind: "answer",
        value: {
          object: "chat.completion",
          choices: [{ message: { content: "Hello from upstream" }, finish_reason: "stop" }],
          usage: { total_tokens: 21 },
        },
      });
      expect(upstream.calls).toHaveLength(1);
      expect(upstream.calls[0]?.model).toBe("vendor-model");
    });

    it("streams parts whose facts are true", async () => {
      const read = await parts(streamCall());
      expect(text(read)).toBe("Hello from upstream");
      expect(read.some((part) => part.content)).toBe(true);
      expect(read.reduce((sum, part) => sum + part.finished, 0)).toBe(1);
      expect(read.filter((part) => part.done)).toHaveLength(1);
      expect(read.at(-1)?.done).toBe(true);
      expect(read.findLast((part) => part.usage !== undefined)?.usage?.total_tokens).toBe(21);
    });

    it.each([1, 2, 3, 17])("reads streams cut every %i bytes", async (splitBytes) => {
      upstream.script({}, replies("zwölf 日本 🙂 done", { splitBytes }));
      expect(text(await parts(streamCall()))).toBe("zwölf 日本 🙂 done");
    });

    it.each([
      [400, "bad_request"],
      [401, "authentication"],
      [402, "quota_exhausted"],
      [403, "permission_denied"],
      [404, "not_found"],
      [409, "conflict"],
      [413, "payload_too_large"],
      [429, "rate_limit"],
      [500, "internal_server"],
      [502, "bad_gateway"],
      [503, "service_unavailable"],
      [504, "timeout"],
      [529, "overloaded"],
    ] as const)("calls %i %s, once, and keeps the original", async (status, kind) => {
      upstream.script({}, refuses(status));
      const error = await failure(provider.call("chat", call()));
      // A conflict that a vendor words as a bad request is one.
      expect([kind, ...(status === 409 ? ["bad_request"] : [])]).toContain((error as RouterError).kind);
      expect(error).toMatchObject({ source: "provider", provider: provider.name, upstream: { status } });
      expect(upstream.calls).toHaveLength(1);
    });

    it("tells a prompt that is too long and one that is refused from other bad requests", async () => {
      upstream.script({}, refuses(400, { body: specialErrors.contextWindow[setup.dialect] }));
      expect(await failure(provider.call("chat", call()))).toMatchObject({ kind: "context_window_exceeded" });
      upstream.script({}, refuses(400, { body: specialErrors.contentPolicy[setup.dialect] }));
      expect(await failure(provider.call("chat", call()))).toMatchObject({ kind: "content_policy_violation" });
    });

    it.each([
      [{ "retry-after": "7" }, 7_000],
      [{ "retry-after": "1.5" }, 1_500],
      [{ "retry-after": "Thu, 01 Jan 2026 00:00:30 GMT" }, 30_000],
      [{ "retry-after-ms": "250", "retry-after": "9" }, 250],
    ])("reads %j", async (headers, retryAfterMs) => {
      upstream.script({}, refuses(429, { headers: headers }));
      expect(await failure(provider.call("chat", call()))).toMatchObject({ retryAfterMs });
    });

    it.each([
      "reset_before_headers",
      "reset_after_headers",
      "error_in_200",
      "truncated_json",
      "wrong_content_type",
    ] as const)("fails on %s", async (fault) => {
      upstream.script({}, breaks(fault));
      expect(RouterError.isInstance(await failure(provider.call("chat", call())))).toBe(true);
    });

    it.each([
      "error_event_before_content",
      "error_event_after_content",
      "reset_mid_stream",
      "malformed_event",
      "error_in_200",
      "wrong_content_type",
    ] as const)("fails a stream on %s", async (fault) => {
      upstream.script({}, breaks(fault));
      expect(RouterError.isInstance(await failure(parts(streamCall())))).toBe(true);
    });

    it("says of a stream that was cut that it did not finish", async () => {
      upstream.script({}, breaks("truncated_stream"));
      const read = await parts(streamCall());
      expect(read.some((part) => part.done || part.finished > 0)).toBe(false);
    });

    it.each(["hang_before_headers", "hang_before_first_token", "hang_mid_stream"] as const)(
      "rejects with the reason and stops the vendor when it is called off: %s",
      async (fault) => {
        upstream.script({}, breaks(fault));
        const made = streamCall();
        const reason = new Error("called off");
        const running = failure(parts(made));
        await upstream.waitForCalls(1);
        made.cancellation.cancel(reason);
        expect(await running).toBe(reason);
        await upstream.idle();
        expect(upstream.calls[0]?.closedByClientAt).toBeDefined();
        expect(made.cancellation.listenerCount).toBe(0);
      },
    );

    it("gives up when the headers take too long", async () => {
      upstream.script({}, breaks("hang_before_headers"));
      expect(await failure(provider.call("chat", call({ headersMs: 30 })))).toMatchObject({ kind: "timeout" });
    });

    it("stops the vendor when the reader leaves", async () => {
      upstream.script({}, breaks("hang_mid_stream"));
      const result = await provider.call("chat", streamCall());
      if (result.kind === "stream") for await (const part of result.parts) if (part.content) break;
      await upstream.idle();
      expect(upstream.calls[0]?.closedByClientAt).toBeDefined();
    });

    it("leaves no listener behind after a call that went well", async () => {
      const made = call();
      await provider.call("chat", made);
      const streamed = streamCall();
      await parts(streamed);
      expect([made.cancellation.listenerCount, streamed.cancellation.listenerCount]).toEqual([0, 0]);
    });

    it("never shows a key", async () => {
      for (const form of [
        canary,
        encodeURIComponent(canary),
        Buffer.from(canary).toString("base64"),
        canary.slice(0, 8),
      ]) {
        upstream.script(
          {},
          refuses(401, {
            body: JSON.stringify({
              type: "error",
              error: { type: "authentication_error", message: `bad key ${form}`, code: form },
            }),
          }),
        );
        const error = (await failure(provider.call("chat", call()))) as RouterError;
        expect(JSON.stringify([error.message, error.toBody(), error.upstream, error.stack])).not.toContain(
          form.slice(0, 8),
        );
      }
    });

    it("does what it says it can", async () => {
      const requests: Record<OperationName, object> = {
        chat,
        text_completion: { model: "asked", prompt: "Say hello" },
        embeddings: { model: "asked", input: "x" },
      };
      for (const operation of provider.operations) {
        const result = await provider.call(
          operation,
          call({ request: requests[operation] as ProviderCall["request"] }),
        );
        expect(result.kind).toBe("answer");
      }
    });
  });
}
