import { type Behavior, refuses } from "../../upstream/behavior.js";
import { canary, type ProviderKit } from "./kit.js";

/** Forms in which a vendor may quote the key. */
export const forms = [canary, encodeURIComponent(canary), Buffer.from(canary).toString("base64"), `Bearer ${canary}`];

const each = (name: string, make: (form: string) => Behavior): readonly (readonly [string, Behavior])[] =>
  forms.map((form, index) => [`${name}, form ${String(index + 1)}`, make(form)] as const);

const bodyWith = (form: string): string => {
  const error = { type: "authentication_error", message: `Incorrect API key provided: ${form}.`, code: form };
  return JSON.stringify({ type: "error", error });
};

/** Failures that quote the key in one of its forms, worded by the dialects or by a custom wire. */
export function quoting({ setup: { wire } }: ProviderKit): readonly (readonly [string, Behavior])[] {
  const body = (form: string): string => wire?.failure(401, `The key ${form} is wrong.`) ?? bodyWith(form);
  return [
    ...each("in a body", (form) => refuses(401, { body: body(form) })),
    ...each("in plain words", (form) => refuses(401, { body: form })),
    ...each("in the title of a page", (form) => refuses(502, { body: `<html><title>${form}</title></html>` })),
    ...each("in the call id", (form) =>
      refuses(400, { body: body(form), headers: { "x-request-id": form, "request-id": form } }),
    ),
    ...each("inside a good status", (form) => ({ body: body(form) })),
  ];
}

/** Responses with status 200 that are not answers, and quote the key. */
export const quotingUnreadably: readonly (readonly [string, Behavior])[] = [
  ...each("in a body that is not JSON", (form) => ({ body: form })),
  ...each("in the type of the body", (form) => ({
    body: "<html></html>",
    headers: { "content-type": `text/html; key=${form}` },
  })),
];
