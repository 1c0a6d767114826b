import type { Provider } from "@modelyard/core";
import { mistypedNames, operations, type WrittenDeployment } from "@modelyard/core/kit";
import { foreignAddress } from "./foreign-addresses.js";
import { litellmProviders } from "./litellm-providers.js";

/** What is looked at of a deployment. */
export interface DeploymentSketch extends Omit<WrittenDeployment, "operation" | "apiBase"> {
  /** From the model's prefix, from its own setting, or inferred from the name; `undefined` if unknown. */
  readonly provider: string | undefined;
  readonly mode: unknown;
  /** Whether its provider is not among those that can be called, and is not a misspelling of one. */
  readonly isForeign: boolean;
  readonly apiBase: unknown;
  /** Whether the file says that its provider is a class of the user's for LiteLLM. */
  readonly inPython: boolean;
}

/** Modes that are not served. Another word is a note of the user's. Source: LiteLLM's model map, `mode`. */
const otherModes = new Set(
  (
    "audio_speech audio_transcription batch guardrail image_edit image_generation image_variation moderation moderations ocr realtime rerank " +
    "responses search vector_store video_generation"
  ).split(" "),
);

/**
 * Whether a word before a model is a provider that is not registered: one of LiteLLM's, or one that is nobody's
 * misspelling.
 */
export function isForeignProvider(name: string, registered: ReadonlyMap<string, unknown>): boolean {
  if (registered.has(name)) return false;
  const known = [...registered.keys(), ...litellmProviders.keys()];
  return litellmProviders.has(name) || mistypedNames(name, known).length === 0;
}

/** Why a provider that is not registered cannot be called. */
function foreignReason({ model, inPython }: DeploymentSketch, provider: string): string {
  const known = litellmProviders.get(provider);
  if (inPython) return `the provider ${provider} is written in Python, which Modelyard cannot run.`;
  if (known !== undefined) return `${provider} ${known}`;
  return `Modelyard has no provider "${provider}". If it is OpenAI-compatible, write openai/${model} and set api_base.`;
}

/** Why a mode is not served; one of an operation is. */
function modeReason(mode: unknown): string | undefined {
  if (typeof mode !== "string" || !otherModes.has(mode)) return undefined;
  return mode === "responses"
    ? "it uses the Responses API, which Modelyard does not support."
    : `its mode is ${mode}, which Modelyard does not support.`;
}

/** Why a deployment cannot be called, in a sentence, or `undefined` if it can be tried. */
export function unservedReason(
  sketch: DeploymentSketch,
  registered: ReadonlyMap<string, Provider>,
): string | undefined {
  const { provider = "", mode, apiBase, ...written } = sketch;
  if (sketch.isForeign) return foreignReason(sketch, provider);
  const { api, unserved } = registered.get(provider) ?? {};
  const address = typeof apiBase === "string" ? apiBase : undefined;
  const operation = Object.values(operations).find((row) => row.litellm.mode === mode)?.name;
  const reason = operation === undefined ? modeReason(mode) : undefined;
  return reason ?? foreignAddress(api, address) ?? unserved?.({ ...written, apiBase: address, operation });
}
