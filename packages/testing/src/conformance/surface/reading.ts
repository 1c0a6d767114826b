import { RouterError } from "@modelyard/core";
import { type Bytes, isJsonObject, type SurfaceCall } from "@modelyard/core/kit";
import { expect, it } from "vitest";
import { bytesOf, read, secret, textOf } from "./samples.js";
import type { SurfaceSetup } from "./setup.js";

/** Bodies that are usually not valid requests. Some wires may accept some of them. */
const oddBodies: Readonly<Record<string, Bytes>> = {
  nothing: "",
  "white space": " \n",
  null: "null",
  "a list": "[1]",
  "a number": "5",
  "JSON that breaks off": `{"model": "gpt-4", "key": "${secret}`,
  "JSON that is wrong": `{"key": "${secret}" "model"}`,
  "bytes that are not UTF-8": new Uint8Array([0x7b, 0xff, 0xfe, 0x7d]),
  "a thousand levels": `{"a":${"[".repeat(1_000)}${"]".repeat(1_000)}}`,
  "an uploaded form that breaks off": `--x\r\ncontent-disposition: form-data; name="${secret}"\r\n`,
};
const gatewayOptions = ["caller", "callId", "cancellation", "fromClient", "requestText", "signal"];

/** What `read` returned, or the `RouterError` that it threw. */
async function outcomeOf(reading: Promise<SurfaceCall>): Promise<SurfaceCall | RouterError> {
  try {
    return await reading;
  } catch (thrown) {
    if (RouterError.isInstance(thrown)) return thrown;
    throw new Error(`read throws a RouterError, not ${String(thrown)}`, { cause: thrown });
  }
}

/** Whether the contract allows a result of `read` for a body that is not a valid request. */
function isProper(outcome: SurfaceCall | RouterError): boolean {
  if (!RouterError.isInstance(outcome)) return isJsonObject(outcome.request);
  const { blame, status, message } = outcome;
  return blame === "request" && status >= 400 && status < 500 && message !== "" && !message.includes(secret);
}

/** The `requestText` of a request, or `undefined` if it has none or its body was rejected. */
function textIn(outcome: SurfaceCall | RouterError): string | undefined {
  if (RouterError.isInstance(outcome)) return undefined;
  const { requestText } = outcome;
  return typeof requestText === "object" ? requestText.text() : requestText;
}

export function describeReading({ create, examples }: SurfaceSetup): void {
  it("has an example for every call route", () => {
    const routes = create().routes.filter((route) => "operation" in route);
    expect(examples.map((example) => example.path)).toEqual(expect.arrayContaining(routes.map((route) => route.path)));
  });

  it.each(examples)("reads $name in the same way every time, and does not change its body", async (example) => {
    const body = bytesOf(example.body);
    const before = body.slice();
    const surface = create();
    const call = await read(surface, example, body);
    expect(call.request).toMatchObject(example.request);
    // The request must be plain JSON.
    expect(JSON.parse(JSON.stringify(call.request))).toStrictEqual(call.request);
    expect(body).toEqual(before);
    expect((await read(surface, example, body)).request).toEqual(call.request);
    for (const option of gatewayOptions) expect(Object.keys(call.options ?? {})).not.toContain(option);
  });

  it.each(examples)("returns the text of $name only if it has the same content as the request", async (example) => {
    const call = await read(create(), example);
    expect(JSON.parse(textIn(call) ?? JSON.stringify(call.request))).toEqual(call.request);
    // Of a repeated key, vendors might use the other value.
    const twice = textOf(example.body).replace(/^\{/u, '{"model": "another", "model": "third", ');
    expect(textIn(await outcomeOf(read(create(), example, twice))) ?? "").not.toContain('"another"');
  });

  const odd = examples.flatMap((example) =>
    Object.entries(oddBodies).map(([what, body]) => ({ example, what, body, name: example.name })),
  );
  it.each(odd)(
    "rejects $what in place of $name as the caller's mistake, and does not quote it",
    async ({ example, body }) => {
      expect(await outcomeOf(read(create(), example, body))).toSatisfy(isProper);
    },
  );
}
