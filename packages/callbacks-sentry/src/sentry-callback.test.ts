import { systemClock } from "@modelyard/core/kit";
import { type Receiver, startReceiver } from "@modelyard/repo-tests/receiver";
import { createRouter } from "@modelyard/router";
import { fails, failureRecorder, scriptedProvider } from "@modelyard/testing";
import { describeCallback } from "@modelyard/testing/conformance";
import { getClient, getIsolationScope } from "@sentry/node";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { sentryCallback, type SentryOptions } from "./sentry-callback.js";

let receiver: Receiver;
beforeEach(async () => {
  receiver = await startReceiver();
});
afterEach(async () => {
  await receiver.close();
});

describeCallback("sentryCallback", {
  create: () => sentryCallback({ dsn: `${receiver.origin.replace("//", "//public@")}/7` }),
});

function setup(options: Partial<SentryOptions> = {}) {
  const failures = failureRecorder();
  const provider = scriptedProvider({ clock: systemClock });
  const router = createRouter({
    providers: [provider],
    callbacks: [
      sentryCallback({ dsn: `${receiver.origin.replace("//", "//public@")}/7`, ...options }),
      failures.callback,
    ],
    numRetries: 0,
    modelList: [{ id: "a", modelName: "gpt-4", model: "openai/m", apiKey: "sk-canary-key" }],
  });
  const ask = () =>
    router
      .completion({ model: "gpt-4", messages: [{ role: "user", content: "canary prompt" }] })
      .catch(() => undefined);
  return { provider, router, ask, lost: failures.causes };
}

/** The events in an envelope, which is a header line, then a header and a payload line for each item. */
function eventsIn(body: string): readonly Record<string, unknown>[] {
  const [header = "", ...lines] = body.split("\n");
  expect(JSON.parse(header)).toMatchObject({ sent_at: expect.any(String) as string });
  const events: Record<string, unknown>[] = [];
  for (let index = 0; index + 1 < lines.length; index += 2) {
    const about = JSON.parse(lines[index] ?? "") as { readonly type: string };
    if (about.type === "event") events.push(JSON.parse(lines[index + 1] ?? "") as Record<string, unknown>);
  }
  return events;
}

describe("sentryCallback", () => {
  it("reports a failed request with its routing, and without keys and prompts", async () => {
    const { provider, ask, router } = setup({ environment: "staging", release: "v7" });
    provider.script("*", fails("internal_server"));
    await ask();
    await router.close();
    expect(receiver.received).toHaveLength(1);
    const { path, body } = receiver.received[0] ?? { path: "", body: "" };
    const url = new URL(path, receiver.origin);
    expect(url.pathname).toBe("/api/7/envelope/");
    expect(url.searchParams.get("sentry_key")).toBe("public");
    const [event] = eventsIn(body);
    expect(event).toMatchObject({
      level: "error",
      platform: "node",
      environment: "staging",
      release: "v7",
      tags: { "model.group": "gpt-4", "error.kind": "internal_server", "error.status": 500, "deployment.id": "a" },
      fingerprint: ["modelyard", "internal_server", "gpt-4", "a"],
      contexts: {
        routing: { operation: "chat", retries: 0, fallbacks: 0, attempts: ["openai/m (a): internal_server 500"] },
      },
      exception: { values: [{ type: "InternalServerError", value: "scripted internal_server" }] },
    });
    expect(body).not.toContain("canary");
  });

  it("does not report errors that the caller caused or requests that the caller aborted", async () => {
    const { provider, ask, router } = setup();
    provider.script("*", fails("bad_request"), fails("context_window_exceeded"), fails("content_policy_violation"));
    for (let count = 0; count < 3; count += 1) await ask();
    await router.completion({ model: "gpt-4", messages: [] }, { signal: AbortSignal.abort() }).catch(() => undefined);
    await router.close();
    expect(receiver.received).toHaveLength(0);
  });

  it.each([
    ["a sample rate of 0", { sampleRate: 0 }],
    ["only successes requested", { on: ["success"] }],
  ] as const)("sends nothing with %s", async (_, options) => {
    const { provider, ask, router } = setup(options);
    provider.script("*", fails("internal_server"));
    await ask();
    await router.close();
    expect(receiver.received.flatMap(({ body }) => eventsIn(body))).toHaveLength(0);
  });

  it("holds at most 64 reports while Sentry does not answer, and reports each one it drops", async () => {
    const { provider, ask, router, lost } = setup();
    receiver.answer = "silence";
    provider.script("*", fails("internal_server"));
    for (let count = 0; count < 70; count += 1) await ask();
    await receiver.waitFor(1);
    expect(lost).toEqual(Array.from({ length: 6 }, () => "Error: Sentry rejected a report (queue_overflow)."));
    await receiver.close();
    await router.close();
    receiver = await startReceiver();
  });

  it("does not touch the program's Sentry setup", async () => {
    const { provider, ask, router } = setup();
    provider.script("*", fails("internal_server"));
    await ask();
    await router.close();
    expect(getClient()).toBeUndefined();
    expect(getIsolationScope().getScopeData().tags).toEqual({});
  });

  it("rejects an invalid DSN and an invalid sample rate", () => {
    expect(() => sentryCallback({ dsn: "nonsense" })).toThrow("sentry.dsn");
    expect(() => sentryCallback({ dsn: "http://public@127.0.0.1/7", sampleRate: 2 })).toThrow("sentry.sampleRate");
  });
});

it.each<readonly [object, string]>([
  [{ dns: "x" }, 'sentry.dns: unknown option. Did you mean "dsn"'],
  [{ dsn: "", sampleRate: 2 }, "sentry.sampleRate: it must be a number from 0 to 1 (got 2)."],
])("rejects options that cannot work: %j", (options, message) => {
  expect(() => sentryCallback(options as never)).toThrow(message);
});
