import { errorKinds } from "@modelyard/core";
import type { ErrorKindRow } from "@modelyard/core/kit";
import * as z from "zod";

/** A string that contains a number counts as that number, as in LiteLLM. YAML 1.1 also allows `100_000`. */
export const number = z.union([
  z.number(),
  z
    .string()
    .regex(/^\s*[+-]?\d+(?:_\d+)*(?:\.\d+)?(?:[eE][+-]?\d{1,3})?\s*$/u, "must be a number")
    .transform((digits) => Number(digits.replaceAll("_", ""))),
]);
const yes = new Set(["true", "yes", "on"]);
/** Accepts the words for booleans of YAML 1.1 too, which has more of them than YAML 1.2. */
export const flag = z.union([
  z.boolean(),
  z
    .string()
    .regex(/^(?:true|false|yes|no|on|off)$/iu, "must be true or false")
    .transform((text) => yes.has(text.toLowerCase())),
]);
/** `true` allows dropping any field that a vendor refuses; a list allows dropping only these fields. */
export const dropParams = z.union([flag, z.array(z.string())]);
// `meta` adds to the JSON Schema what it would otherwise lack, because it does not include checks after a `pipe`.
export const positive = number.pipe(z.number().positive()).meta({ exclusiveMinimum: 0 });
export const atLeastZero = number.pipe(z.number().min(0)).meta({ minimum: 0 });
export const count = number.pipe(z.number().int().min(0)).meta({ minimum: 0 });
export const atLeastOne = number.pipe(z.number().int().min(1)).meta({ minimum: 1 });
const highestPort = 65_535;
export const port = number.pipe(z.number().int().min(0).max(highestPort)).meta({ minimum: 0, maximum: highestPort });
export const text = z.union([z.string(), z.number().transform(String)]);
export const texts = z.union([z.array(z.string()), z.string().transform((one) => [one])]);
export const record = z.record(z.string(), z.unknown());
export const seconds = (description: string): z.ZodOptional<typeof positive> =>
  positive.optional().describe(`${description} Seconds.`);

export const fallbackEntry = z.union([z.string(), z.looseObject({ model: z.string().describe("The model group.") })]);
const fallbackMap = z.record(z.string(), z.union([z.array(fallbackEntry), z.string().transform((name) => [name])]));
export const fallbacks = z.union([z.array(fallbackMap), fallbackMap.transform((map) => [map])]);

const retries = z.union([count, z.strictObject({ max_retries: count })]);
const ours = new Set<ErrorKindRow["blame"]>(["router", "caller"]);
/**
 * All classes of errors that a vendor can cause, including base classes. LiteLLM spells `Timeout` as `TimeoutError`
 * here.
 */
const policyClasses = [
  ...new Set(
    Object.values<ErrorKindRow>(errorKinds)
      .filter((row) => !ours.has(row.blame))
      .flatMap(({ className, parents }) => [className, ...parents]),
  ),
  "TimeoutError",
];
const spelled = (suffix: string, value: z.ZodType, more: Readonly<Record<string, z.ZodType>> = {}) =>
  z.strictObject({
    ...more,
    ...(Object.fromEntries(
      policyClasses.flatMap((name) => [
        [name, value.optional()],
        [`${name}${suffix}`, value.optional()],
      ]),
    ) as Record<string, z.ZodType>),
  });
export const retryPolicy = spelled("Retries", retries, {
  DefaultRetries: retries
    .optional()
    .describe("Applies to every class of errors that a retry may help and that has no entry of its own."),
});
export const allowedFailsPolicy = spelled("AllowedFails", count);
