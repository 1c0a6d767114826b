import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { systemClock } from "@modelyard/core";
import { createRouter } from "@modelyard/router";
import { answers, fails, scriptedProvider } from "@modelyard/testing";
import { expect, it } from "vitest";
import { otelCallback } from "./otel-callback.js";

interface Span {
  readonly name: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly attributes: readonly { readonly key: string; readonly value: Readonly<Record<string, unknown>> }[];
}

it("sends one span per attempt under one per request, by OTLP", async () => {
  const bodies: string[] = [];
  const receiver = createServer((request, response) => {
    let body = "";
    request.on("data", (piece: Buffer) => {
      body += piece.toString();
    });
    request.on("end", () => {
      bodies.push(body);
      response.writeHead(200, { "content-type": "application/json" });
      response.end("{}");
    });
  }).listen(0, "127.0.0.1");
  await once(receiver, "listening");
  const callback = otelCallback({
    url: `http://127.0.0.1:${String((receiver.address() as AddressInfo).port)}/v1/traces`,
  });
  const provider = scriptedProvider({ clock: systemClock });
  provider.script("*", fails("internal_server"), answers("secret answer"));
  const router = createRouter({
    providers: [provider],
    callbacks: [callback],
    modelList: ["a", "b"].map((id) => ({ id, modelName: "gpt-4", model: "openai/m" })),
  });
  await router.completion({ model: "gpt-4", messages: [{ role: "user", content: "secret prompt" }] });
  await router.close();
  receiver.close();
  const sent = bodies.join("");
  expect(sent).not.toContain("secret");
  const { resourceSpans } = JSON.parse(bodies[0] ?? "{}") as { resourceSpans: { scopeSpans: { spans: Span[] }[] }[] };
  const spans = resourceSpans.flatMap((resource) => resource.scopeSpans.flatMap((scope) => scope.spans));
  const parent = spans.find((span) => (span.parentSpanId ?? "") === "");
  expect(spans).toHaveLength(3);
  expect(spans.filter((span) => span.parentSpanId === parent?.spanId)).toHaveLength(2);
  expect(parent?.attributes).toContainEqual({ key: "gen_ai.usage.input_tokens", value: { intValue: 4 } });
  expect(
    spans.some((span) =>
      span.attributes.some(({ key, value }) => key === "error.type" && value["stringValue"] === "internal_server"),
    ),
  ).toBe(true);
});
