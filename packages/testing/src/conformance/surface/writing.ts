import { type ErrorKind, errorKinds, RouterError } from "@modelyard/core";
import type { SurfaceAnswer } from "@modelyard/core/kit";
import { expect, it } from "vitest";
import { answerOf, asBytes, mediaType, operationOf, read, secret, textOf } from "./samples.js";
import type { SurfaceSetup } from "./setup.js";

const kinds = Object.keys(errorKinds) as readonly ErrorKind[];
const framing = ["connection", "content-length", "keep-alive", "transfer-encoding"];

function expectSendable({ status, headers, body }: SurfaceAnswer): void {
  expect(Number.isInteger(status) && status >= 200 && status <= 599).toBe(true);
  expect(headers["content-type"]).toMatch(mediaType);
  for (const [name, value] of Object.entries(headers)) {
    expect(name).toMatch(/^[\d!#$%&'*+.^_`a-z|~-]+$/u);
    expect(framing).not.toContain(name);
    expect(value).toMatch(/^[\u0020-\u007E]*$/u);
  }
  expect(typeof body === "string" || body instanceof Uint8Array).toBe(true);
}

export function describeAnswers({ create, examples }: SurfaceSetup): void {
  const answered = examples.flatMap((example) => {
    const { name, readAnswer } = example;
    if (readAnswer === undefined) return [];
    return Object.entries(asBytes).map(([form, bytes]) => ({ example, form, bytes, readAnswer, name }));
  });
  it.each(answered)(
    "writes an answer to $name that its client can read ($form from the vendor)",
    async ({ example, bytes, readAnswer }) => {
      const surface = create();
      const { context } = await read(surface, example);
      const row = operationOf(surface, example);
      const answer = await surface.write(answerOf(row, "Grüße ✓", bytes), context);
      expectSendable(answer);
      expect(answer.status).toBe(200);
      expect(readAnswer(answer)).toBe("Grüße ✓");
      expect(readAnswer(await surface.write(answerOf(row, "another", bytes), context))).toBe("another");
    },
  );
}

export function describeErrors({ create, readError, statuses = {} }: SurfaceSetup): void {
  it.each(kinds)("writes an error of kind %s with its message and status, and nothing of its cause", (kind) => {
    const cause = new Error(secret);
    const error = new RouterError({ kind, message: "The vendor's words. Grüße ✓", provider: "vendor", cause });
    const surface = create();
    const answer = surface.writeError(error, "the-call");
    expectSendable(answer);
    expect(answer.status).toBe(statuses[kind] ?? error.status);
    expect(readError(answer)).toBe(error.message);
    expect(readError(surface.writeError(error, undefined))).toBe(error.message);
    const text = JSON.stringify(answer.headers) + textOf(answer.body);
    for (const hidden of [secret, "at file:", "at Object."]) expect(text).not.toContain(hidden);
  });
}
