import { isJsonObject, type JsonObject, type ProviderCall, toJson } from "@modelyard/core";

const key = '"model"';
const usageWanted = '{"stream_options":{"include_usage":true},';

/**
 * A call's body as it goes out, under the vendor's name of the model.
 * @param addsUsage - whether the stream is asked for its usage, which its caller did not do
 * @throws `bad_request` for a request that JSON cannot say
 */
export function bodyOf(call: ProviderCall, addsUsage: boolean): string {
  const request = call.request as unknown as JsonObject;
  const { model, requestText } = call;
  const edited = requestText === undefined ? undefined : withModel(requestText, request["model"], model);
  if (edited !== undefined && !addsUsage) return edited;
  if (edited !== undefined && !edited.includes('"stream_options"'))
    return edited.slice(0, edited.indexOf("{")) + usageWanted + edited.slice(edited.indexOf("{") + 1);
  if (!addsUsage) return toJson({ ...request, model });
  return toJson({ ...request, model, stream_options: { ...streamOptionsOf(call), include_usage: true } });
}

export function streamOptionsOf({ request }: Pick<ProviderCall, "request">): JsonObject | undefined {
  const options = (request as unknown as JsonObject)["stream_options"];
  return isJsonObject(options) ? options : undefined;
}

/**
 * A request's own text with another model, which spares writing all of it anew and keeps what numbers of JavaScript do
 * not hold. Where its key stands twice, or a key might be written in escapes, the vendor could read another model than
 * we did: such a text is not used.
 * @returns `undefined`: not used
 */
function withModel(text: string, asked: unknown, model: string): string | undefined {
  const at = text.indexOf(key);
  if (at === -1 || text.includes(key, at + key.length) || text.includes("\\u")) return undefined;
  const colon = afterSpace(text, at + key.length);
  const from = afterSpace(text, colon + 1);
  const value = `"${String(asked)}"`;
  if (text[colon] !== ":" || text.slice(from, from + value.length) !== value) return undefined;
  return text.slice(0, from) + JSON.stringify(model) + text.slice(from + value.length);
}

/** The first place from `at` on that holds no space of JSON's. */
function afterSpace(text: string, at: number): number {
  let index = at;
  for (let code = text.charCodeAt(index); code === 32 || code === 10 || code === 13 || code === 9;) {
    index += 1;
    code = text.charCodeAt(index);
  }
  return index;
}
