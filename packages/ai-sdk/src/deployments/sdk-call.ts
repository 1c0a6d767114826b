import type { LanguageModelV4CallOptions, LanguageModelV4Prompt, SharedV4ProviderOptions } from "@ai-sdk/provider";
import type { JsonObject, ProviderCall } from "@modelyard/core";
import { createProviderError, mayDrop } from "@modelyard/core/kit";
import { openEnvelope, ToolNames, type Wire } from "@modelyard/wires";
import { given, textOf } from "../given.js";
import { originalCalls } from "../originals.js";
import { writeCall, writeSettings } from "./write-request.js";

/** A call for a model of the AI SDK. */
export interface SdkCall {
  readonly options: LanguageModelV4CallOptions;
  readonly names: ToolNames;
  /** Paths of the request that the model does not get. */
  readonly dropped: readonly string[];
  /** Whether it is the call that the caller made with the SDK, so that the answer stays as it is. */
  readonly isOriginal: boolean;
}

type Reads = Pick<Wire<never>, "readRequest">;

/**
 * The call of the SDK that a request stands for, or a translation of the request.
 * @param required - the field of the request with the prompt
 * @throws a provider error for a request that cannot be read, or that loses something it depends on
 */
export function sdkCall(wire: Reads, required: string, call: ProviderCall): SdkCall {
  const request = call.request as unknown as JsonObject;
  const prompt = request[required];
  const original = typeof prompt === "object" && prompt !== null ? originalCalls.get(prompt) : undefined;
  if (original === undefined) return translated(wire, request, call);
  const options = request === original.body ? original.options : changed(wire, original, request);
  return { options: withVendorsReasoning(options), names: new ToolNames(), dropped: [], isOriginal: true };
}

/** A deployment's defaults, and what the router removed, also count for a call that stays as it is otherwise. */
function changed(
  wire: Reads,
  { options, body }: { readonly options: LanguageModelV4CallOptions; readonly body: JsonObject },
  request: JsonObject,
): LanguageModelV4CallOptions {
  const before: JsonObject = writeSettings(wire.readRequest(body));
  const after: JsonObject = writeSettings(wire.readRequest(request));
  const settings: Record<string, unknown> = { ...options };
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
    if (JSON.stringify(before[name]) === JSON.stringify(after[name])) continue;
    settings[name] = after[name];
  }
  return settings as unknown as LanguageModelV4CallOptions;
}

function translated(wire: Reads, request: JsonObject, call: ProviderCall): SdkCall {
  const { options, names, losses } = writeCall(wire.readRequest(request));
  const refused = losses.find(({ kind, path }) => kind === "refused" && !mayDrop(call.dropParams, fieldOf(path)));
  if (refused !== undefined) {
    const { provider, id: deploymentId } = call.deployment;
    const { path, why } = refused;
    const advice = "Omit it, or set dropParams (drop_params in YAML) to true.";
    const message = `${provider} (${call.model}) cannot serve this request with ${path}: ${why} ${advice}`;
    throw createProviderError({ kind: "unsupported_params", provider, deploymentId, param: path, message });
  }
  return { options, names, dropped: losses.map(({ path }) => path), isOriginal: false };
}

export function fieldOf(path: string): string {
  return /^[^.[]+/u.exec(path)?.[0] ?? path;
}

/** Reasoning that a deployment of another kind answered with, under the names that the SDK's own providers read. */
function withVendorsReasoning(options: LanguageModelV4CallOptions): LanguageModelV4CallOptions {
  const { prompt } = options;
  const isOurs = (part: { readonly providerOptions?: SharedV4ProviderOptions }): boolean =>
    part.providerOptions?.["modelyard"]?.["reasoning"] !== undefined;
  if (!prompt.some((message) => message.role === "assistant" && message.content.some(isOurs))) return options;
  const readable: LanguageModelV4Prompt = prompt.map((message) => {
    if (message.role !== "assistant") return message;
    const content = message.content.map((part) =>
      isOurs(part)
        ? { ...part, providerOptions: { ...part.providerOptions, ...vendorOptions(part.providerOptions) } }
        : part,
    );
    return { ...message, content };
  });
  return { ...options, prompt: readable };
}

function vendorOptions(options: SharedV4ProviderOptions = {}): SharedV4ProviderOptions {
  const enveloped = openEnvelope(textOf(options["modelyard"]?.["reasoning"]) ?? "");
  if (enveloped === undefined) return {};
  const { opaque, kind, itemId } = enveloped;
  if (opaque.madeBy.wire === "messages")
    return { anthropic: kind === "red" ? { redactedData: opaque.data } : { signature: opaque.data } };
  return { openai: { reasoningEncryptedContent: opaque.data, ...given({ itemId }) } };
}
