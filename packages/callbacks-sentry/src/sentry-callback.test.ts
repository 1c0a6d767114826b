import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";
import { systemClock } from "@modelyard/core";
import { createRouter } from "@modelyard/router";
import { fails, scriptedProvider } from "@modelyard/testing";
import { expect, it } from "vitest";
import { sentryCallback } from "./sentry-callback.js";

it("reports failures in Sentry's envelopes, without prompts, and leaves callers' mistakes out", async () => {
  const envelopes: string[] = [];
  const receiver = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on("data", (piece: Buffer) => {
      pieces.push(piece);
    });
    request.on("end", () => {
      const body = Buffer.concat(pieces);
      envelopes.push(
        `${String(request.url)}\n${(request.headers["content-encoding"] === "gzip" ? gunzipSync(body) : body).toString()}`,
      );
      response.end("{}");
    });
  }).listen(0, "127.0.0.1");
  await once(receiver, "listening");
  const callback = sentryCallback({
    dsn: `http://public@127.0.0.1:${String((receiver.address() as AddressInfo).port)}/7`,
  });
  const provider = scriptedProvider({ clock: systemClock });
  provider.script("*", fails("internal_server"), fails("bad_request"));
  const router = createRouter({
    providers: [provider],
    callbacks: [callback],
    numRetries: 0,
    modelList: [{ id: "a", modelName: "gpt-4", model: "openai/m" }],
  });
  for (let count = 0; count < 2; count += 1)
    await router
      .completion({ model: "gpt-4", messages: [{ role: "user", content: "secret prompt" }] })
      .catch(() => undefined);
  await router.close();
  receiver.close();
  expect(envelopes).toHaveLength(1);
  expect(envelopes[0]).toContain("/api/7/envelope/");
  expect(envelopes[0]).toContain("InternalServerError");
  expect(envelopes[0]).toContain('"model.group":"gpt-4"');
  expect(envelopes[0]).not.toContain("secret prompt");
});

it("refuses what is no DSN", () => {
  expect(() => sentryCallback({ dsn: "nonsense" })).toThrow("sentry.dsn");
});
