import { inspect } from "node:util";
import { addressNotPublic, callerStatus, TransportError } from "@modelyard/core/kit";
import { describe, expect, it } from "vitest";
import { breaks, refuses, replies } from "../../upstream/behavior.js";
import {
  startBadCertificate,
  startRefusing,
  startResetting,
  startSilent,
  unresolvableUrl,
} from "../../upstream/broken-hosts.js";
import { faultNames, faults } from "../../upstream/faults.js";
import type { DialectName } from "../../upstream/place.js";
import type { ProviderKit } from "./kit.js";
import { forms, quoting } from "./quoting.js";

const kindsByStatus = [
  [400, "bad_request"],
  [401, "authentication"],
  [402, "quota_exhausted"],
  [403, "permission_denied"],
  [404, "not_found"],
  [408, "timeout"],
  [409, "conflict"],
  [413, "payload_too_large"],
  [422, "unprocessable_entity"],
  [429, "rate_limit"],
  [500, "internal_server"],
  [502, "bad_gateway"],
  [503, "service_unavailable"],
  [504, "timeout"],
  [529, "overloaded"],
] as const;

/** Names of failures, with the error kinds that are expected for them. */
const kindsByName = [
  ["context_window", "context_window_exceeded"],
  ["content_policy", "content_policy_violation"],
  ["insufficient_quota", "quota_exhausted"],
  ["model_not_found", "not_found"],
  ["invalid_api_key", "authentication"],
  ["rate_limit_requests", "rate_limit", { openai: 20_000, azure: 2_000, anthropic: 12_000 }],
  ["rate_limit_tokens", "rate_limit", { openai: 6_596, azure: 7_000, anthropic: 30_000 }],
  ["rate_limit_day", "rate_limit", { openai: 86_400_000, azure: 86_400_000, anthropic: 86_400_000 }],
  ["server_error", "internal_server"],
] as const;

/** How failures are classified, and what an error does and does not contain. */
export function describeErrors(kit: ProviderKit): void {
  const { dialect } = kit.setup;
  describe("failures", () => {
    it.each(kindsByStatus)("with status %i are %s, after one call, and keep the original", async (status, kind) => {
      kit.upstream.script({}, refuses(status));
      const error = await kit.error();
      expect(error).toMatchObject({
        kind,
        source: "provider",
        provider: kit.provider.name,
        status: callerStatus(status),
        upstream: { status },
      });
      expect(kit.upstream.calls).toHaveLength(1);
    });

    it.each(kit.forDialects(kindsByName))(
      "named %s are %s",
      async (name, kind, waits?: Readonly<Record<DialectName, number>>) => {
        kit.upstream.script({}, refuses(name));
        const error = await kit.error();
        expect([error.kind, error.retryAfterMs]).toEqual([kind, dialect === undefined ? undefined : waits?.[dialect]]);
        expect(kit.upstream.calls).toHaveLength(1);
      },
    );

    it.each(kit.forDialects(["overloaded"] as const))("named %s are blamed on the vendor", async (name) => {
      kit.upstream.script({}, refuses(name));
      const expected = dialect === "anthropic" ? "overloaded" : "service_unavailable";
      expect((await kit.error()).kind).toBe(expected);
    });

    it.each(kit.forDialects([false, true]))(
      "are marked if the vendor cannot read reasoning in the request, and only then (stream: %s)",
      async (stream) => {
        const body = (message: string): string => kit.failureBody(message, 400, "invalid_request_error");
        const foreign = body("messages.1.content.0: Invalid `signature` in `thinking` block");
        kit.upstream.script({}, refuses(400, { body: foreign }), refuses(400, { body: body("It is wrong.") }));
        expect(await kit.error({ stream })).toMatchObject({
          kind: "bad_request",
          upstream: { foreignReasoning: true },
        });
        expect((await kit.error({ stream })).upstream).not.toHaveProperty("foreignReasoning");
      },
    );

    it("have exactly the vendor's message, since clients match its beginning", async () => {
      const reason = "The moon is in the wrong phase.";
      for (const status of [400, 429, 500]) {
        kit.upstream.script({}, refuses(status, { body: kit.failureBody(reason, status) }));
        const error = await kit.error();
        expect([error.message, error.toBody().error.message]).toEqual([reason, reason]);
      }
    });

    it.each([
      ["deeply nested", `{"error":{"message":${"[".repeat(20_000)}${"]".repeat(20_000)}}}`],
      [
        "quoted within each other",
        JSON.stringify({ error: JSON.stringify({ error: JSON.stringify({ error: "{" }) }) }),
      ],
      ["endless", `{"error":{"message":"${"\\u0000".repeat(2_000)}`],
      ["full of control characters", kit.failureBody("\u001B[31mred\u0007")],
    ])("are provider errors whose message is safe to log, also if the body is %s", async (_, body) => {
      kit.upstream.script({}, refuses(500, { body }), { body });
      for (const error of [await kit.error(), await kit.error()])
        expect(error.message).not.toMatch(/(?![\n\t])\p{Cc}/u);
    });

    it.each(kit.operations)("are reported for %s too", async (operation) => {
      kit.upstream.script({}, refuses(503), breaks("reset_before_headers"), breaks("error_in_200"));
      const kinds = [await kit.error({ operation }), await kit.error({ operation }), await kit.error({ operation })];
      expect(kinds.map((error) => error.kind).slice(0, 2)).toEqual(["service_unavailable", "api_connection"]);
    });

    it("reject a streamed call before its stream begins", async () => {
      kit.upstream.script({}, refuses(429, { headers: { "retry-after": "3" } }));
      const { operation, call } = kit.make({ stream: true });
      await expect(kit.provider.call(operation, call)).rejects.toMatchObject({
        kind: "rate_limit",
        retryAfterMs: 3_000,
      });
    });

    it.each([418, 451])("with the unusual status %i are blamed on the request", async (status) => {
      kit.upstream.script({}, refuses(status));
      expect(await kit.error()).toMatchObject({ blame: "request", upstream: { status } });
    });

    it.each([507, 520, 599])("with the unusual status %i are blamed on the vendor", async (status) => {
      kit.upstream.script({}, refuses(status));
      expect(await kit.error()).toMatchObject({ kind: "internal_server", upstream: { status } });
    });

    it.each(["", "null", "[]", '"Overloaded"', "{", "<html><title>Error</title></html>", "upstream connect error"])(
      "with the body %j are classified by their status",
      async (body) => {
        kit.upstream.script({}, refuses(503, { body }), refuses(429, { body }));
        expect([(await kit.error()).kind, (await kit.error()).kind]).toEqual(["service_unavailable", "rate_limit"]);
      },
    );

    it.each(
      kit.forDialects([
        ["a list", "[".repeat(100_000) + "]".repeat(100_000)],
        ["an object", '{"choices":'.repeat(50_000) + "1" + "}".repeat(50_000)],
      ] as const),
    )("include answers that are nested too deeply: %s", async (_, body) => {
      kit.upstream.script({}, { body });
      expect(await kit.error()).toMatchObject({ kind: "invalid_response" });
    });

    it.each(kit.forDialects(["answers"]))("include pages, events and mislabeled failures in place of %s", async () => {
      const failed = JSON.stringify({ type: "error", error: { type: "rate_limit_error", message: "Slow down." } });
      kit.upstream.script(
        {},
        breaks("wrong_content_type"),
        { body: `event: error\ndata: ${failed}\n\n` },
        { body: failed, headers: { "content-type": "text/event-stream" } },
      );
      const errors = [await kit.error(), await kit.error(), await kit.error()];
      expect(errors.map(({ kind }) => kind)).toEqual(["invalid_response", "rate_limit", "rate_limit"]);
      expect(errors[0]?.message).toContain("Welcome");
    });

    it("have a short message, however long the vendor's is", async () => {
      const body = kit.failureBody("long ".repeat(200_000), 400, "invalid_request_error");
      kit.upstream.script({}, refuses(400, { body }));
      expect((await kit.error()).message.length).toBeLessThan(5_000);
    });

    it("are classified quickly, however long and odd the vendor's message is", async () => {
      const body = kit.failureBody("violat".repeat(200_000), 400, "invalid_request_error");
      kit.upstream.script({}, { body });
      const before = performance.now();
      await kit.error();
      expect(performance.now() - before).toBeLessThan(5_000);
    });

    it.each([
      ["a bad status", { status: 503 }, "service_unavailable"],
      ["no events although a stream was requested", { headers: { "content-type": "text/html" } }, "invalid_response"],
    ] as const)("do not read a long body to its end: %s", async (_, behavior, kind) => {
      const long = "x".repeat(32 * 1024 * 1024);
      kit.upstream.script({}, { ...behavior, body: long, splitBytes: 65_536 });
      expect(await kit.error({ stream: true })).toMatchObject({ kind });
      const call = await kit.upstream.waitForClose(kit.upstream.calls[0]!);
      expect(call.sentBytes).toBeLessThan(long.length);
    });

    it.each(kit.forDialects([false, true]))(
      "include compressed answers, which were not requested (stream: %s)",
      async (stream) => {
        kit.upstream.script({}, { gzip: true });
        const error = await kit.error({ stream });
        expect(error).toMatchObject({ kind: "invalid_response", message: expect.stringContaining("gzip") as unknown });
        expect(kit.upstream.calls[0]!.headers["accept-encoding"]).toBe("identity");
      },
    );

    it("include redirects, which are not followed", async () => {
      const location = `${kit.upstream.url("elsewhere")}/v1/chat/completions`;
      kit.upstream.script({}, { status: 307, body: "", headers: { location } });
      expect((await kit.error()).source).toBe("provider");
      expect(kit.upstream.calls.map((call) => call.host)).toEqual(["host"]);
    });

    it.each(faultNames.filter((fault) => faults[fault].plain === "failure" && fault !== "no_choices"))(
      "such as %s reject a plain call, after one attempt",
      async (fault) => {
        kit.upstream.script({}, breaks(fault));
        expect(["api_connection", "invalid_response", "internal_server", "api_error"]).toContain(
          (await kit.error()).kind,
        );
        expect(kit.upstream.calls).toHaveLength(1);
      },
    );

    it.each([
      ["refused", startRefusing],
      ["reset", startResetting],
      ["badly certified", startBadCertificate],
    ] as const)("to connect are blamed on the connection: %s", async (name, start) => {
      const host = await start();
      const error = await kit.error({ origin: name === "badly certified" ? host.secureUrl : host.url });
      await host.close();
      expect(error).toMatchObject({ kind: "api_connection", blame: "transport", provider: kit.provider.name });
    });

    it("to resolve a host name are blamed on the connection", async () => {
      expect(await kit.error({ origin: unresolvableUrl })).toMatchObject({ kind: "api_connection" });
    });

    it.each(quoting(kit))("never contain a key that the vendor quotes: %s", async (_, behavior) => {
      for (const stream of [false, true]) {
        kit.upstream.script({}, behavior);
        const error = await kit.error({ stream });
        // As a logger would show it, with all causes.
        const shown = `${JSON.stringify([error, error.message, error.toBody()])} ${inspect(error, { depth: 9, showHidden: true })}`;
        for (const form of forms) expect(shown).not.toContain(form.slice(0, 8));
      }
    });
  });

  describe("an address from the client", () => {
    it.each([false, true])("is not connected to if it is private (stream: %s)", async (stream) => {
      const error = await kit.error({ publicOnly: true, stream });
      expect(kit.upstream.calls).toHaveLength(0);
      // The router recognizes by the cause that the client is to blame.
      expect(error.cause).toBeInstanceOf(TransportError);
      expect(error.cause).toMatchObject({ phase: "connect", code: addressNotPublic });
    });
  });

  describe("limits on the phases of a call", () => {
    it("end a call whose headers take too long, and close the vendor's connection", async () => {
      kit.upstream.script({}, breaks("hang_before_headers"));
      const error = await kit.error({ headersMs: 30 });
      expect(error).toMatchObject({ kind: "timeout", blame: "transport" });
      expect(await kit.closedAtOnce()).toBe(true);
    });

    it("end a call that takes too long to connect", async () => {
      const host = await startSilent();
      const error = await kit.error({ origin: host.secureUrl, connectMs: 30 });
      await host.close();
      expect(error).toMatchObject({ kind: "timeout" });
    });

    it("do not apply to later phases", async () => {
      kit.upstream.script({}, replies("slow but sure", { delayMs: 300, firstTokenMs: 600 }));
      const { value } = await kit.answer({ connectMs: 250, headersMs: 700 });
      expect(value).toMatchObject({ choices: [{ message: { content: "slow but sure" } }] });
    });
  });
}
