import type { JsonObject } from "@modelyard/core";
import { type Transport, toJson } from "@modelyard/core/kit";
import { createRouter } from "@modelyard/router";
import { describe, expect, it } from "vitest";
import { openai } from "./factories.js";

/** A host that answers every request with `value`. */
function hostOf(value: JsonObject): Transport {
  const text = toJson(value);
  const send: Transport["send"] = () =>
    Promise.resolve({
      status: 200,
      header: () => undefined,
      bytes: () => Promise.resolve(new TextEncoder().encode(text)),
      body: () => ({
        [Symbol.asyncIterator]: () => ({ next: () => Promise.resolve({ done: true, value: undefined }) }),
      }),
      discard: () => undefined,
    });
  return { send, close: () => Promise.resolve() };
}

const usage = { prompt_tokens: 1, total_tokens: 1 };
function listOf(...embeddings: readonly unknown[]): JsonObject {
  const data = embeddings.map((embedding, index) => ({ object: "embedding", index, embedding, extra: true }));
  return { object: "list", model: "m", data, usage, extra: true };
}

async function embed(
  value: JsonObject,
  more: JsonObject = {},
): Promise<{ readonly data: readonly object[]; readonly sent: string }> {
  const router = createRouter({
    providers: [openai({ transport: hostOf(value) })],
    modelList: [{ modelName: "e", model: "openai/e", apiKey: "k" }],
    numRetries: 0,
  });
  const outcome = await router.execute("embeddings", { model: "e", input: ["a", "b"], ...more }, {});
  if (outcome.kind !== "answer") throw new Error("no answer");
  const { bytes } = outcome;
  const sent =
    bytes === undefined ? toJson(outcome.value) : typeof bytes === "string" ? bytes : new TextDecoder().decode(bytes);
  return { data: (outcome.value as unknown as { readonly data: readonly object[] }).data, sent };
}

const long = Array.from({ length: 3_072 }, (_, index) => index / 7 - 200);

function decoded(base64: string): number[] {
  const view = new DataView(Uint8Array.from(atob(base64), (character) => character.codePointAt(0) ?? 0).buffer);
  return Array.from({ length: view.byteLength / 4 }, (_, index) => view.getFloat32(index * 4, true));
}

describe("embeddings in base64", () => {
  it("are converted from the numbers of hosts that do not support base64, with all other fields", async () => {
    const { data, sent } = await embed(listOf([0.5, -1.75], long), { encoding_format: "base64" });
    expect(data[0]).toEqual({ object: "embedding", index: 0, embedding: "AAAAPwAA4L8=", extra: true });
    const [, second] = data as readonly { readonly embedding: string }[];
    expect(decoded(second?.embedding ?? "")).toEqual([...new Float32Array(long)]);
    expect(JSON.parse(sent)).toMatchObject({ model: "m", usage, extra: true, data });
  });

  it("are passed on as they came if the host supports base64", async () => {
    const value = listOf("AAAAPw==", "AADgvw==");
    expect((await embed(value, { encoding_format: "base64" })).sent).toBe(toJson(value));
  });

  it.each([{}, { encoding_format: "float" }])("are not sent to callers that ask with %j", async (more) => {
    const value = listOf([0.5], [1]);
    expect((await embed(value, more)).sent).toBe(toJson(value));
  });

  it("are not made from embeddings that are not lists of numbers", async () => {
    const value = listOf(["x"], { int8: [1] });
    expect((await embed(value, { encoding_format: "base64" })).sent).toBe(toJson(value));
  });
});
