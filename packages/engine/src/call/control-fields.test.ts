import { operations } from "@modelyard/core/kit";
import { partsOf, rowsAt, type Setting, settingIn } from "@modelyard/core/settings";
import { describe, expect, it } from "vitest";
import type { BodyKind } from "./body-values.js";
import { splitControlFields } from "./control-fields.js";

/** A value of each kind in a body, and the option that it becomes. */
const samples: Readonly<Record<BodyKind | "requestFallbacks", readonly [written: unknown, option: unknown]>> = {
  count: [1, 1],
  positiveCount: [1, 1],
  duration: [1.5, 1_500],
  timeLimit: ["1.5", 1_500],
  callTimeLimit: [1.5, 1_500],
  flag: [true, true],
  text: ["x", "x"],
  texts: [["x"], ["x"]],
  oneOrMoreTexts: ["eu", ["eu"]],
  fields: [{ team: "x" }, { team: "x" }],
  dropParams: [["seed"], ["seed"]],
  fieldPaths: [["tools[*].strict"], ["tools[*].strict"]],
  midStreamFallback: ["continue", "continue"],
  requestFallbacks: [["b"], ["b"]],
};

/** The value of a field in a body: the choice that the field means, `caching: false`, or a value of its kind. */
function sampleOf({ kind, choices, call }: Setting, field: string, index: number): readonly [unknown, unknown] {
  if (kind === "choice") return [true, choices?.[index]];
  return field === "caching" ? [false, false] : samples[(call?.kind ?? kind) as BodyKind];
}

const fields = rowsAt("call").flatMap(([name, setting]) =>
  (setting.call?.body ?? []).map((field, index) => [field, name, sampleOf(setting, field, index)] as const),
);

function bodyWith(field: string, value: unknown): object {
  const { parent, key } = partsOf(field);
  return parent === undefined ? { [key]: value } : { [parent]: { [key]: value } };
}

describe("a control field of a request's body", () => {
  it.each(fields)("%s sets the option %s and is not sent to the vendor", (field, name, [written, option]) => {
    const { request, options } = splitControlFields({ model: "a", ...bodyWith(field, written) }, operations.chat);
    expect(Object.keys(options ?? {})).toEqual([partsOf(name).parent ?? name]);
    expect(settingIn(options, name)).toEqual(option);
    expect(request).toEqual({ model: "a" });
  });

  it.each(fields.filter(([field]) => field !== "caching"))("%s does not set %s if it is null", (field) => {
    const first = partsOf(field).parent ?? field;
    expect(splitControlFields({ model: "a", [first]: null }, operations.chat)).toEqual({
      request: { model: "a" },
      options: undefined,
    });
  });
});

describe("numbers in a request's body", () => {
  it.each([
    ["num_retries", 1e308],
    ["num_retries", 10_000],
    ["num_retries", -1],
    ["max_retries", 1.5],
    ["max_fallbacks", 1e9],
    ["max_attempts", 0],
    ["max_attempts", "3"],
    ["hold_back_events", 1e21],
  ])("are refused when they are out of range: %s = %s", (field, value) => {
    expect(() => splitControlFields({ model: "a", [field]: value }, operations.chat)).toThrow(
      expect.objectContaining({
        kind: "bad_request",
        param: field,
        message: expect.stringContaining("9999") as unknown,
      }),
    );
  });
});

describe("fields of a body that are meant for the vendor", () => {
  const { chat, messages, responses } = operations;

  it.each([
    [chat, { store: true, metadata: { project: "p" } }],
    [messages, { metadata: { user_id: "u" } }],
    [responses, { metadata: { project: "p" } }],
  ] as const)("stay in the body of $name as they are", (row, own) => {
    const body = { model: "a", ...own };
    const { request, options } = splitControlFields(body, row);
    expect(request).toBe(body);
    expect(options?.metadata).toEqual(own.metadata);
  });

  it.each([
    [chat, { store: true, metadata: { project: "p", tags: ["a"] } }, { store: true, metadata: { project: "p" } }],
    [chat, { metadata: { project: "p" } }, {}],
    [messages, { metadata: { user_id: "u", tags: ["a"] } }, { metadata: { user_id: "u" } }],
    [messages, { metadata: { tags: ["a"] } }, {}],
    [responses, { metadata: { project: "p", tags: ["a"] } }, { metadata: { project: "p" } }],
  ] as const)("are separated from those for the router: $name, $1", (row, own, sent) => {
    const { request, options } = splitControlFields({ model: "a", ...own }, row);
    expect(request).toEqual({ model: "a", ...sent });
    expect(options?.metadata).toEqual(own.metadata);
  });

  it.each([
    [chat, { model: "a" }],
    [messages, { model: "a", service_tier: null }],
    [responses, { model: "a", service_tier: null }],
  ] as const)("are sent to $name with or without null: $1", (row, sent) => {
    const body = { model: "a", service_tier: null };
    const { request } = splitControlFields(body, row);
    expect([request, request === body]).toEqual([sent, row.sendsNull]);
  });
});
