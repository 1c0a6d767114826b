import type { LanguageModelV4ReasoningPart, SharedV4ProviderOptions } from "@ai-sdk/provider";
import { type Enveloped, openEnvelope, type Opaque, type ReasoningBlock, seal, type WireName } from "@modelyard/wires";
import { given, textOf } from "../given.js";

/**
 * What only a model's vendor can read of its reasoning: a signature, or the reasoning in encrypted form. It is in the options
 * of a part under the name of the provider that answered: ours, or one that the conversation began with.
 */
function opaqueIn(options: SharedV4ProviderOptions = {}): Enveloped | undefined {
  const sealed = textOf(options["modelyard"]?.["reasoning"]);
  if (sealed !== undefined) return openEnvelope(sealed);
  const { anthropic = {}, openai = options["azure"] ?? {} } = options;
  const signature = textOf(anthropic["signature"]);
  if (signature !== undefined) return made(signature, "messages", "sig");
  const redacted = textOf(anthropic["redactedData"]);
  if (redacted !== undefined) return made(redacted, "messages", "red");
  const encrypted = textOf(openai["reasoningEncryptedContent"]);
  if (encrypted === undefined) return undefined;
  return { ...made(encrypted, "responses", "enc"), ...given({ itemId: textOf(openai["itemId"]) }) };
}

function made(data: string, wire: WireName, kind: Enveloped["kind"]): Enveloped {
  return { opaque: { data, madeBy: { wire } }, kind };
}

/** Data for the request of a wire: as it is in its own wire, in an envelope in others, which the router opens. */
function carriedBy(wire: WireName, enveloped: Enveloped): Opaque {
  const { opaque } = enveloped;
  const data = opaque.madeBy.wire === wire ? opaque.data : seal(enveloped);
  return { data, madeBy: { wire } };
}

export function readReasoning(part: LanguageModelV4ReasoningPart, wire: WireName, path: string): ReasoningBlock {
  const found = opaqueIn(part.providerOptions);
  const text = part.text === "" ? undefined : part.text;
  if (found === undefined) return { type: "reasoning", path, ...given({ text }) };
  return {
    type: "reasoning",
    path,
    opaque: carriedBy(wire, found),
    ...given({ text, item: found.itemId === undefined ? undefined : { id: found.itemId } }),
    ...(found.kind === "red" && found.opaque.madeBy.wire === wire ? { redacted: true } : {}),
  };
}
