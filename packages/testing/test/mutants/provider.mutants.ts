import type { ChatRequest } from "@modelyard/core";
import { createProviderError, type ProviderIdentity } from "@modelyard/core/kit";
import { describe } from "vitest";
import { describeContinuation } from "../../src/conformance/provider/continuation.js";
import { describeEachOperation } from "../../src/conformance/provider/each-operation.js";
import { describeEndings } from "../../src/conformance/provider/endings.js";
import { describeIdentity } from "../../src/conformance/provider/identity.js";
import { ProviderKit } from "../../src/conformance/provider/kit.js";
import { describeResources } from "../../src/conformance/provider/resources.js";
import { type Passing, passingProvider, rightPassing } from "./passing-provider.js";
import { type Endings, rightEndings, smallProvider } from "./small-provider.js";

const { reasonOf, errorIn, countOf, messagesOf } = rightEndings;

const wrong: Readonly<Record<string, Partial<Endings>>> = {
  "reports every ending as stop": { reasonOf: (choice) => (reasonOf(choice) === null ? null : "stop") },
  "drops finish reasons that it does not know": {
    reasonOf: (choice) => (reasonOf(choice) === "vendor_trouble" ? null : reasonOf(choice)),
  },
  "writes finish reasons in its own words": {
    reasonOf: (choice) => (reasonOf(choice) === "insufficient_system_resource" ? "error" : reasonOf(choice)),
  },
  "names finish reasons that no event contains": { factsOf: (reasons) => reasons.map(() => "stop") },
  "hides finish reasons from the facts": { factsOf: () => [] },
  "combines content with a failing end": { isApart: () => false },
  "separates only the known failing end": { isApart: ({ reason }) => reason === "error" },
  "does not look for errors inside choices": { errorIn: () => undefined },
  "looks for errors only where the finish reason says so": {
    errorIn: (choice) => (reasonOf(choice) === "error" ? errorIn(choice) : undefined),
  },
  "looks for errors only where there is no finish reason": {
    errorIn: (choice) => (reasonOf(choice) === null ? errorIn(choice) : undefined),
  },
  "looks for errors only in whole answers": {
    errorIn: (choice) => ("message" in choice ? errorIn(choice) : undefined),
  },
  "looks for errors only in streams": { errorIn: (choice) => ("delta" in choice ? errorIn(choice) : undefined) },
  "omits the vendor's reason": { wordsOf: () => "The vendor failed." },
  "reads nothing after a finish reason": { isLast: ({ reason }) => reason !== null },
  "counts a repeated finish reason twice": { countOf: ({ reason }) => (reason === null ? 0 : 1) },
  "never revokes an ending": { countOf: ({ reason, ended }) => (reason !== null && !ended ? 1 : 0) },
  "revokes an ending for every content": {
    countOf: (event) => (event.content && event.reason === null ? -1 : countOf(event)),
  },
  "does not count tool calls as content": { isContent: (delta) => (delta["content"] ?? "") !== "" },
  "does not read usage": { readsUsage: false },
  "omits the beginning of the answer": {
    messagesOf: (call) => (call.continues === true ? messagesOf(call).slice(0, -1) : messagesOf(call)),
  },
  "sends the beginning of the answer first": {
    messagesOf: (call) => (call.continues === true ? messagesOf(call).toReversed() : messagesOf(call)),
  },
  "sends the beginning of the answer as the user's": {
    messagesOf: (call) => messagesOf(call).map((message) => ({ ...(message as object), role: "user" })),
  },
  "sends the beginning of the answer twice": {
    messagesOf: (call) => [
      ...(call.continues === true ? (call.request as ChatRequest).messages : []),
      ...messagesOf(call),
    ],
  },
  "does not mark what is to be continued": { messagesOf: ({ request }) => (request as ChatRequest).messages },
  "marks answers that are not to be continued": { messagesOf: (call) => messagesOf({ ...call, continues: true }) },
  "continues the answers of every model": { continuesFromPrefix: () => true },
  "continues no answers": { continuesFromPrefix: () => false },
  "continuesFromPrefix that is not a boolean": { continuesFromPrefix: () => 1 as never },
};

function describeProviderEndings(name: string, endings: Partial<Endings>): void {
  describe(`${name} as a Provider`, () => {
    const kit = new ProviderKit({
      create: () => smallProvider(endings),
      dialect: "openai",
      continued: {
        refusedModel: "new-model",
        sent: { messages: [{ role: "user" }, { role: "assistant", prefix: true }] },
      },
    });
    kit.install();
    describeEndings(kit);
    describeContinuation(kit);
  });
}

describeProviderEndings("right: a provider", {});
describeProviderEndings("right: a provider that leaves finish reasons to its events", { factsOf: () => undefined });
for (const [name, endings] of Object.entries(wrong)) describeProviderEndings(`wrong: ${name}`, endings);

const wrongIdentities: Readonly<Record<string, Partial<ProviderIdentity>>> = {
  "claims models by a pattern that remembers where it stopped": { claims: /^small-/gu },
  "claims every name": { claims: /model/u },
  "prices the cache of every model": { cachePricing: { models: /(?:)/u, read: 0.1, write: 1, writeHour: 2 } },
  "prices the cache by a pattern that remembers where it stopped": {
    cachePricing: { models: /^small-/gu, read: 0.1, write: 1, writeHour: 2 },
  },
  "charges less for an hour in the cache than for minutes": {
    cachePricing: { models: /^small-/u, read: 0.1, write: 2, writeHour: 1 },
  },
  "does not know how long prompts stay in its cache": { promptCache: { leastTokens: 0, lifetimeMs: () => Number.NaN } },
  "reads a request that it does not understand": {
    promptCache: { leastTokens: 0, lifetimeMs: ({ messages }) => (messages as readonly unknown[]).length },
  },
  "serves no deployment": { unserved: () => "No deployment can be called." },
  "fails over a deployment that it does not know": {
    unserved: ({ apiBase = "https://example.com" }) => void new URL(apiBase),
  },
  "does not explain why a deployment cannot be called": { unserved: ({ hasKey }) => (hasKey ? undefined : "") },
  "does not explain why a field is not sent": { ignoredFields: { names: ["small_option"], reason: () => "" } },
  "ignores a field twice": { ignoredFields: { names: ["one", "one"], reason: () => "It has no effect." } },
  "ignores the messages": { ignoredFields: { names: ["messages"], reason: () => "They have no effect." } },
  "names variables that no system has": { environment: { apiKey: ["small.key"] } },
};

function describeProviderIdentity(name: string, identity: Partial<ProviderIdentity>): void {
  describe(`${name} as a Provider`, () => {
    const kit = new ProviderKit({ create: () => ({ ...smallProvider({}), ...identity }), dialect: "openai" });
    kit.install();
    describeIdentity(kit);
  });
}

describeProviderIdentity("right: a provider that says who it is", {
  claims: /^small-/u,
  cachePricing: { models: /^small-/u, read: 0.1, write: 1.25, writeHour: 2 },
  promptCache: { leastTokens: 512, lifetimeMs: () => 60_000 },
  environment: { apiKey: ["SMALL_API_KEY"] },
  api: "own",
  unserved: ({ model }) => (model === "small-image" ? "It is a model for images." : undefined),
  ignoredFields: { names: ["small_option"], reason: () => "It has no effect." },
});
for (const [name, identity] of Object.entries(wrongIdentities)) describeProviderIdentity(`wrong: ${name}`, identity);

const { contentLength, finished, usage } = rightPassing;

const wrongPassing: Readonly<Record<string, Partial<Passing>>> = {
  "answers in the format of a chat": {
    answerOf: () => ({ object: "chat.completion", choices: [{ message: { content: "Hello" } }] }),
  },
  "says that every answer is complete": {
    answerOf: (value) => ({ ...value, stop_reason: "end_turn", status: "completed" }),
  },
  "drops the usage of answers": { answerOf: (value) => ({ ...value, usage: undefined }) },
  "drops the beginning of blocks and items": {
    passesOn: ({ type }) => type !== "content_block_start" && type !== "response.completed",
  },
  "does not pass on the finish reason": {
    passesOn: ({ type }) => type !== "message_delta" && type !== "response.completed",
  },
  "passes on errors as events": { failed: () => false },
  "has content in every event": { contentLength: () => 1 },
  "has content in no event": { contentLength: () => 0 },
  "counts the JSON of an event as content": {
    contentLength: (event, operation) => (contentLength(event, operation) > 0 ? JSON.stringify(event).length : 0),
  },
  "counts the end mark as a second finish reason": {
    finished: (event, operation) => finished(event, operation) + (event["type"] === "message_stop" ? 1 : 0),
  },
  "counts no finish reasons": { finished: () => 0 },
  "never marks the end": { ends: () => false },
  "reads usage only from the last event": {
    usage: (event, operation) => usage(event, operation, undefined),
  },
  "reads no usage": { usage: () => undefined },
  "answers with what the vendor does not store": { missing: () => ({}) },
  "reports what the vendor does not store as a failure of the vendor": {
    missing: () => {
      throw createProviderError({ kind: "internal_server", provider: "passing", message: "It is not stored." });
    },
  },
  "reads what is stored after the call was cancelled": { ignoresCancellation: true },
  "decodes each piece of a stream by itself": {
    decoder: () => (bytes) => new TextDecoder().decode(bytes),
  },
};

function describeProviderPassing(name: string, passing: Partial<Passing>): void {
  describe(`${name} as a Provider`, () => {
    const kit = new ProviderKit({ create: () => passingProvider(passing), dialect: "openai", suffix: "/v1" });
    kit.install();
    describeEachOperation(kit);
    describeResources(kit);
  });
}

describeProviderPassing("right: a provider that passes on Messages and Responses", {});
for (const [name, passing] of Object.entries(wrongPassing)) describeProviderPassing(`wrong: ${name}`, passing);
