import { describe, expect, it } from "vitest";
import { errorKinds, RouterError, Secret, seededRandom } from "./index.js";
import {
  Cancellation,
  canonicalJson,
  createError,
  createLimitCounter,
  createProviderError,
  estimateChatInput,
  linkSignal,
  nearNames,
  operations,
  parseReset,
  parseRetryAfter,
  readQuota,
  scrub,
  scrubName,
  sha256Hex,
  stableId,
  systemRandom,
  TransportError,
} from "./kit/index.js";

const now = Date.UTC(2026, 0, 1);
const header = (headers: Record<string, string>) => (name: string) => headers[name];

describe("Secret", () => {
  it("shows itself to nobody who does not ask", () => {
    const secret = new Secret("hush");
    expect([String(secret), JSON.stringify({ secret }), secret.toString()]).toEqual([
      "[secret]",
      '{"secret":"[secret]"}',
      "[secret]",
    ]);
    expect(secret.reveal()).toBe("hush");
  });
});

describe("scrub", () => {
  it("takes out a key in any form, parts of it, and what looks like one", () => {
    const secret = new Secret("my-very-secret-key+1");
    const text = `my-very-secret-key+1 my-very-s*** ${encodeURIComponent(secret.reveal())} ${btoa(secret.reveal())} sk-proj-12345 Bearer abc.def`;
    const clean = scrub(text, [secret, undefined]);
    for (const part of ["my-very", btoa(secret.reveal()).slice(0, 8), "sk-proj", "abc.def"])
      expect(clean).not.toContain(part);
  });

  it.each([
    "k",
    "key",
    "none",
    "api",
    "1234",
    "sk",
    "Wrong",
    "Incorrect",
    "provided",
    "authenticate",
    "authentic",
    "production-1",
  ])("leaves ordinary words alone, whatever the key is: %s", (key) => {
    const text =
      "Wrong API key: cannot authenticate for production. Code 1234, none provided, see /v1/keys (Bearer token).";
    const words = text.replaceAll(/(?<![\w-])(?:provided|authenticate)(?![\w-])/gu, (word) =>
      word === key ? "[key]" : word,
    );
    expect(scrub(text, [new Secret(key)])).toBe(words);
  });

  it.each(["hunter2", "k3y!", "ab_12"])("takes out a short key that is not a word, by itself: %s", (key) => {
    expect(scrub(`The key "${key}" is wrong, x=${key}, not in a${key}b.`, [new Secret(key)])).toBe(
      `The key "[key]" is wrong, x=[key], not in a${key}b.`,
    );
  });

  it("knows keys of other vendors by their shape", () => {
    for (const key of [
      "sk-proj-1234",
      "AIzaSyA1234567890abcdefghijk",
      "hf_abcdefghijklmnopqrstuv",
      "Bearer abcdefghijklmnop",
    ])
      expect(scrub(`It was (${key}), no.`, [])).toBe("It was ([key]), no.");
  });

  it("does not take long over a long text and a long key", () => {
    const secret = new Secret("x1".repeat(8_000));
    expect(scrub("ab ".repeat(100_000), [secret])).not.toContain("[key]");
    expect(scrub("x1".repeat(50_000), [secret])).toBe("[key]");
  });

  it("bounds the length", () => {
    expect(scrub("x".repeat(100_000), []).length).toBeLessThan(2_100);
  });
});

describe("scrubName", () => {
  it.each(["key", "invalid", "api_key", "k"])("leaves a code as it is, whatever short key we have: %s", (key) => {
    for (const code of ["invalid_api_key", "invalid-api-key", "insufficient_quota", "api.key.invalid"])
      expect(scrubName(code, [new Secret(key)], 100)).toBe(code);
  });

  it("omits a code that holds a key or is too long, and rewrites none", () => {
    const secret = new Secret("Qm9-w4x-secret");
    expect(scrubName("bad_Qm9-w4x-secret", [secret], 100)).toBeUndefined();
    expect(scrubName("sk-proj-1234", [], 100)).toBeUndefined();
    expect(scrubName("a".repeat(101), [], 100)).toBeUndefined();
  });
});

describe("parseRetryAfter", () => {
  it.each([
    [{ "retry-after": "5" }, 5_000],
    [{ "retry-after": "0.25" }, 250],
    [{ "retry-after-ms": "1500", "retry-after": "9" }, 1_500],
    [{ "retry-after": "Thu, 01 Jan 2026 00:01:00 GMT" }, 60_000],
    [{ "retry-after": "Wed, 31 Dec 2025 00:00:00 GMT" }, 0],
    [{ "retry-after": "86400" }, 86_400_000],
    [{ "retry-after": "soon" }, undefined],
    [{ "retry-after": "-3" }, undefined],
    [{}, undefined],
  ])("reads %j as %s", (headers, expected) => {
    expect(parseRetryAfter(header(headers as Record<string, string>), now)).toBe(expected);
  });
});

describe("a header that holds a number nobody would wait for", () => {
  const dayMs = 86_400_000;
  const digits = ["99999999999999999999", "9".repeat(30), "9".repeat(400), "3155760000", "86401"];

  it.each(digits)("asks for a day at most: %s", (text) => {
    const asking = (name: string) => parseRetryAfter((asked) => (asked === name ? text : undefined), now);
    expect([asking("retry-after"), asking("retry-after-ms")]).toEqual([dayMs, Math.min(Number(text), dayMs)]);
    for (const reset of [text, `${text}s`, `${text}h${text}m${text}s`, `${text}m0s`])
      expect(parseReset(reset, now)).toBe(dayMs);
  });

  it.each(["Sat, 13 Sep 275760 00:00:00 GMT", "Fri, 31 Dec 9999 23:59:59 GMT"])(
    "asks for a day at most: %s",
    (date) => {
      expect(parseRetryAfter((name) => (name === "retry-after" ? date : undefined), now + 0.5)).toBe(dayMs);
    },
  );

  it("names no count that cannot be one", () => {
    const names = { limit: "limit", remaining: "remaining", reset: "reset" };
    const read = (text: string) => readQuota((name) => (name === "reset" ? "1s" : text), names, now);
    for (const text of digits.slice(0, 4)) expect(read(text)).toBeUndefined();
    expect(read("5000")).toEqual({ limit: 5_000, remaining: 5_000, resetMs: 1_000 });
  });
});

describe("parseReset", () => {
  it.each([
    ["6m0s", 360_000],
    ["12ms", 12],
    ["1h2m3.5s", 3_723_500],
    ["37", 37_000],
    ["2026-01-01T00:00:10Z", 10_000],
    ["", undefined],
    ["never", undefined],
  ])("reads %s", (text, expected) => {
    expect(parseReset(text, now)).toBe(expected);
  });
});

describe("stableId", () => {
  it("is the platform's SHA-256 below, whatever the length", async () => {
    for (const text of [0, 1, 54, 55, 56, 57, 63, 64, 65, 119, 120, 128, 5_000].map((length) => "é€x".repeat(length))) {
      const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
      const hex = Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
      expect(sha256Hex(text)).toBe(hex);
    }
  });

  it("is SHA-256 below", () => {
    expect(sha256Hex("")).toBe("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    expect(sha256Hex("abc")).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    expect(sha256Hex("a".repeat(1_000))).toBe("41edece42d63e8d9bf515a9ba6932e1c20cbc9f5a5d134645adb5db1b9737ea3");
  });

  it("does not depend on the order of keys", () => {
    expect(stableId({ a: 1, b: { c: 2, d: [3] } })).toBe(stableId({ b: { d: [3], c: 2 }, a: 1 }));
    expect(stableId({ a: 1 })).not.toBe(stableId({ a: 2 }));
    expect(canonicalJson({ b: undefined, a: null })).toBe('{"a":null}');
  });

  it("sees what JSON would send, and nothing else", () => {
    const value = { at: new Date(0), list: [undefined, () => 1], call: () => 1, nested: { z: -0, a: Number.NaN } };
    expect(canonicalJson(value)).toBe('{"at":"1970-01-01T00:00:00.000Z","list":[null,null],"nested":{"a":null,"z":0}}');
    expect(canonicalJson({ at: new Date(1) })).not.toBe(canonicalJson({ at: new Date(2) }));
  });
});

describe("nearNames", () => {
  it("finds what was meant, and nothing far away", () => {
    expect(nearNames("gtp-4", ["gpt-4", "claude-2", "gpt-3.5-turbo"])).toEqual(["gpt-4"]);
    expect(nearNames("num_retires", ["num_retries", "timeout"])).toEqual(["num_retries"]);
    expect(nearNames("zzz", ["gpt-4"])).toEqual([]);
  });
});

describe("limit counters", () => {
  it("counts a window exactly, and starts anew in the next", () => {
    const counter = createLimitCounter({ name: "rpm", kind: "window", limit: 2, windowMs: 60_000 });
    expect([
      counter.wait(1, now),
      counter.take(2, now) >= 0,
      counter.wait(1, now + 10_000),
      counter.wait(3, now),
    ]).toEqual([0, true, 50_000, Number.POSITIVE_INFINITY]);
    expect(counter.wait(2, now + 60_000)).toBe(0);
  });

  it("never goes back with the clock", () => {
    const counter = createLimitCounter({ name: "rpm", kind: "window", limit: 1, windowMs: 60_000 });
    counter.take(1, now + 60_000);
    expect(counter.wait(1, now)).toBeGreaterThan(0);
  });

  it("lets a bucket's burst through at once, the rest evenly", () => {
    const counter = createLimitCounter({ name: "rpm", kind: "bucket", limit: 60, windowMs: 60_000, burst: 3 });
    for (let count = 0; count < 3; count += 1) {
      expect(counter.wait(1, now)).toBe(0);
      counter.take(1, now);
    }
    expect(counter.wait(1, now)).toBeCloseTo(1_000);
    expect(counter.wait(1, now + 1_000)).toBe(0);
  });

  it("gives nothing back to a bucket that has drained already", () => {
    const counter = createLimitCounter({ name: "tpm", kind: "bucket", limit: 60, windowMs: 60_000, burst: 10 });
    const stamp = counter.take(10, now);
    const late = counter.take(10, now + 10_000);
    counter.settle(10, 0, stamp, now + 10_000);
    expect(counter.used(now + 10_000)).toBeCloseTo(10);
    counter.settle(10, 4, late, now + 10_000);
    expect(counter.used(now + 10_000)).toBeCloseTo(4);
  });

  it("gives back to a bucket what only waited behind others", () => {
    const counter = createLimitCounter({ name: "tpm", kind: "bucket", limit: 60, windowMs: 60_000, burst: 10 });
    counter.settle(5, 5, counter.take(5, now), now);
    const stamp = counter.take(5, now);
    counter.settle(5, 0, stamp, now + 3_000);
    expect(counter.used(now + 3_000)).toBeCloseTo(2);
  });
});

describe("errors", () => {
  it("have a class, a status and a body for every kind", () => {
    for (const kind of Object.keys(errorKinds) as (keyof typeof errorKinds)[]) {
      const error = createError({ kind, message: "m" });
      expect(error.constructor.name).toBe(errorKinds[kind].className);
      // As `fetch` names it, for code that tests the name of whatever was thrown.
      expect(error.name).toBe(kind === "aborted" ? "AbortError" : errorKinds[kind].className);
      expect(error.toBody().error).toMatchObject({ message: "m", source: "router" });
    }
  });

  it("end in the last summary of how the request went, and begin with the reason", () => {
    const error = createError({ kind: "timeout", message: "No answer." });
    error.summarize("2 attempts: a x2");
    error.summarize("3 attempts: a x3");
    expect([error.message, error.reason]).toEqual(["No answer. (3 attempts: a x3)", "No answer."]);
    expect(error.stack).toMatch(/^\w+: No answer\. \(3 attempts: a x3\)\n/u);
    expect(error.toBody().error).toMatchObject({ message: "No answer.", attempts: "3 attempts: a x3" });
  });

  it("send a vendor's fields on as they are, and keep them out of logs", () => {
    const vendorError = { type: null, code: "own", innererror: { code: "x" } };
    const error = createError({ kind: "bad_request", source: "provider", message: "m", vendorError });
    expect(error.toBody().error).toEqual({ message: "m", param: null, ...vendorError, source: "provider" });
    expect(JSON.stringify(error)).not.toContain("innererror");
  });

  it("keep their message in JSON, and their cause to themselves", () => {
    const error = createError({ kind: "timeout", message: "m", cause: new Error("secret") });
    expect(JSON.parse(JSON.stringify({ error }))).toMatchObject({
      error: { name: "Timeout", message: "m", status: 408 },
    });
    expect(JSON.stringify(error)).not.toContain("secret");
  });

  it("are known across copies of the package", () => {
    expect(RouterError.isInstance(createProviderError({ kind: "timeout", message: "m", provider: "p" }))).toBe(true);
    expect(RouterError.isInstance(new Error("m"))).toBe(false);
  });
});

describe("Cancellation", () => {
  it("tells its listeners once, and a signal made late", () => {
    const cancellation = new Cancellation();
    const heard: unknown[] = [];
    cancellation.add((reason) => {
      heard.push(reason);
    });
    cancellation.cancel("first");
    cancellation.cancel("second");
    cancellation.add((reason) => {
      heard.push(reason);
    });
    expect(heard).toEqual(["first", "first"]);
    expect(cancellation.signal.reason).toBe("first");
  });

  it("tells each listener once, in whatever order they came and went", () => {
    const cancellation = new Cancellation();
    const heard: string[] = [];
    const listeners = ["a", "b", "c", "d"].map((name) => ({ cancel: () => heard.push(name) }));
    const [first, second] = listeners;
    for (const listener of listeners) cancellation.add(listener);
    if (first !== undefined && second !== undefined) {
      cancellation.remove(first);
      cancellation.remove(second);
    }
    // Those that stayed are added again while earlier places are free.
    for (const listener of listeners.toReversed()) cancellation.add(listener);
    expect(cancellation.listenerCount).toBe(4);
    cancellation.cancel("over");
    expect(heard.toSorted()).toEqual(["a", "b", "c", "d"]);
    expect(cancellation.listenerCount).toBe(0);
  });

  it("leaves no listener on a signal that lives on", () => {
    const { signal } = new AbortController();
    let listeners = 0;
    const add = signal.addEventListener.bind(signal);
    signal.addEventListener = ((...args: Parameters<typeof add>) => {
      listeners += 1;
      add(...args);
    }) as typeof add;
    const remove = signal.removeEventListener.bind(signal);
    signal.removeEventListener = ((...args: Parameters<typeof remove>) => {
      listeners -= 1;
      remove(...args);
    }) as typeof remove;
    for (let call = 0; call < 10_000; call += 1) linkSignal(signal, new Cancellation())();
    expect(listeners).toBe(0);
  });
});

describe("operations", () => {
  it.each([
    ["chat", { error: { message: "x" } }],
    ["chat", { choices: [] }],
    ["chat", { choices: [{}] }],
    ["chat", "text"],
    ["text_completion", { choices: [{}] }],
    ["embeddings", { data: [] }],
    ["embeddings", { data: [{ embedding: null }] }],
    ["embeddings", { data: [{ embedding: 5 }] }],
  ] as const)("%s takes %j for no answer", (name, value) => {
    expect(operations[name].fault(value)).toBeTypeOf("string");
  });

  it("tells empty answers from others", () => {
    const answer = (message: object) => ({ choices: [{ message }] });
    expect(operations.chat.empty(answer({ content: "" }))).toBe(true);
    expect(operations.chat.empty(answer({ content: null, tool_calls: [{}] }))).toBe(false);
    expect(operations.chat.empty(answer({ content: "x" }))).toBe(false);
  });

  it("estimates the tokens of huge bodies without reading them", () => {
    const request = { messages: [{ role: "user", content: "x".repeat(4_000_000) }] };
    expect(estimateChatInput(request)).toBeGreaterThan(999_000);
  });
});

describe("systemRandom", () => {
  it("makes ids of 128 bits that use every digit in every place", () => {
    const ids = Array.from({ length: 2_000 }, () => systemRandom.id());
    expect(ids.filter((id) => !/^[0-9a-f]{32}$/u.test(id))).toEqual([]);
    expect(new Set(ids).size).toBe(ids.length);
    // A place in which a digit never came would have it with a chance of less than 1 in 10^50.
    for (let place = 0; place < 32; place += 1) expect(new Set(ids.map((id) => id[place])).size).toBe(16);
  });
});

describe("seededRandom", () => {
  it("repeats itself for the same seed", () => {
    const [one, other] = [seededRandom(4), seededRandom(4)];
    expect(Array.from({ length: 5 }, () => one.next())).toEqual(Array.from({ length: 5 }, () => other.next()));
  });
});

describe("TransportError", () => {
  it.each([
    ["connect", "ECONNREFUSED", "could not be reached (ECONNREFUSED)"],
    ["reset", "UND_ERR_SOCKET", "closed the connection before the answer was complete (UND_ERR_SOCKET)"],
    ["timeout", undefined, "did not answer in time"],
  ] as const)("says in words what a host did: %s", (phase, code, deed) => {
    expect(new TransportError(phase, "http://10.0.0.1: a secret place", { code }).deed).toBe(deed);
  });
});
