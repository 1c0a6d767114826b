import type { OperationName, Provider } from "@modelyard/core";
import { mistypedNames, operations, type WrittenDeployment, invalidOption } from "@modelyard/core/kit";
import { foreignAddress } from "./foreign-addresses.js";
import { litellmProviders } from "./litellm-providers.js";

/** The settings of a deployment that decide whether it can be called. */
export interface DeploymentSketch extends Omit<WrittenDeployment, "operation" | "apiBase"> {
  /**
   * The provider's name: from the model's prefix, from its own setting, or inferred from the model; `undefined` if
   * unknown.
   */
  readonly provider: string | undefined;
  readonly mode: unknown;
  /** Whether the provider is neither registered nor a misspelling of a registered one. */
  readonly isForeign: boolean;
  readonly apiBase: unknown;
  /** Whether the file declares the provider as a custom Python class for LiteLLM. */
  readonly inPython: boolean;
}

/**
 * Modes of deployments that Modelyard does not serve. Any word that LiteLLM does not define is the user's own label, so
 * it is ignored. Source: LiteLLM's model map, `mode`.
 */
const otherModes = new Set(
  (
    "audio_speech audio_transcription batch guardrail image_edit image_generation image_variation moderation moderations ocr realtime rerank " +
    "search vector_store video_generation"
  ).split(" "),
);

/**
 * Whether the prefix of a model names a provider that is not registered. It does if LiteLLM knows the provider, or if
 * the prefix is not a misspelling of a known provider.
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

/** Returns a sentence that says why a mode is not served, or `undefined` if it is served or unknown. */
function modeReason(mode: unknown): string | undefined {
  if (typeof mode !== "string" || !otherModes.has(mode)) return undefined;
  return `its mode is ${mode}, which Modelyard does not support.`;
}

/** Returns a sentence for an operation that a provider does not serve. */
function operationReason(operation: OperationName | undefined, provider: string): string | undefined {
  return operation === undefined
    ? undefined
    : `its mode means ${operation}, which the provider ${provider} does not serve.`;
}

/** Returns a sentence that says why a deployment cannot be called, or `undefined` if nothing is known to prevent it. */
export function unservedReason(
  sketch: DeploymentSketch,
  registered: ReadonlyMap<string, Provider>,
): string | undefined {
  const { provider = "", mode, apiBase, ...written } = sketch;
  if (sketch.isForeign) return foreignReason(sketch, provider);
  const known = registered.get(provider);
  const address = typeof apiBase === "string" ? apiBase : undefined;
  const operation = Object.values(operations).find(
    ({ litellm }) => litellm?.mode !== undefined && litellm.mode === mode,
  )?.name;
  const served = operation !== undefined && known?.operations.includes(operation) !== false;
  const reason = served ? undefined : (modeReason(mode) ?? operationReason(operation, provider));
  return reason ?? foreignAddress(known?.api, address) ?? ownReason(known, { ...written, apiBase: address, operation });
}

/**
 * The provider's own reason. What it throws is not quoted, since it may contain the address and with it a password.
 * @throws `invalid_option` if the provider fails
 */
function ownReason(provider: Provider | undefined, written: WrittenDeployment): string | undefined {
  try {
    return provider?.unserved?.(written);
  } catch (thrown) {
    const what = thrown instanceof Error ? thrown.name : "something that is not an error";
    throw invalidOption(
      `providers.${provider?.name ?? ""}.unserved`,
      `it threw ${what} for the model "${written.model}".`,
      "Return a sentence, or undefined if the deployment can be called.",
    );
  }
}
