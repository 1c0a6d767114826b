import { seal } from "../envelope.js";
import { given } from "../fields.js";
import type { ReasoningBlock } from "../hub/blocks.js";
import type { Opaque, Origin } from "../hub/common.js";
import { isJsonObject, type JsonObject } from "../json.js";

/**
 * The vendors' own formats within OpenRouter's `reasoning_details`. Only those of Anthropic and of Responses can be sent elsewhere.
 * Source: https://openrouter.ai/docs/guides/best-practices/reasoning-tokens.
 */
const origins: Readonly<Record<string, Origin>> = {
  "anthropic-claude-v1": { wire: "messages" },
  "openai-responses-v1": { wire: "responses" },
  "azure-openai-responses-v1": { wire: "responses" },
  "xai-responses-v1": { wire: "responses", vendor: "xai" },
};

/** Who makes data of a format. `undefined`: only the vendor of the format can read them. */
export function originOf(format: string | undefined): Origin | undefined {
  return format !== undefined && Object.hasOwn(origins, format) ? origins[format] : undefined;
}

function formatOf({ wire, vendor }: Origin): string {
  if (wire === "messages") return "anthropic-claude-v1";
  if (vendor === "xai") return "xai-responses-v1";
  return vendor?.startsWith("azure") === true ? "azure-openai-responses-v1" : "openai-responses-v1";
}

/**
 * Whether the caller of a chat can hold reasoning in OpenRouter's shape: it asks for it as OpenRouter's clients do, or has sent some
 * back. Other callers do not get it, since typed clients drop fields that they do not know.
 */
export function wantsReasoningDetails({ include_reasoning: asked, messages }: JsonObject): boolean {
  if (asked === true) return true;
  if (!Array.isArray(messages)) return false;
  // The newest is the most likely one. A loop over indexes allocates nothing.
  for (let index = messages.length - 1; index >= 0; index -= 1) {
    const message: unknown = messages[index];
    if (!isJsonObject(message)) continue;
    const { reasoning_details: details } = message;
    if (Array.isArray(details) && details.length > 0) return true;
  }
  return false;
}

/**
 * A block of reasoning as entries of `reasoning_details`, which are read as the same block when they come back. None if there is
 * nothing in it that its vendor wants back.
 * @param index - of the block among those of its message
 */
export function reasoningDetails(block: ReasoningBlock, index: number): readonly JsonObject[] {
  const { text, summary, opaque, redacted, item } = block;
  const origin = opaque?.madeBy;
  if (opaque === undefined || origin === undefined || origin.wire === "chat") return none;
  const rest = { format: formatOf(origin), index };
  if (redacted === true) return [{ type: "reasoning.encrypted", data: opaque.data, ...rest }];
  if (origin.wire === "messages")
    return [{ type: "reasoning.text", text: text ?? "", signature: opaque.data, ...rest }];
  const entries: JsonObject[] = [];
  if (text !== undefined) entries.push({ type: "reasoning.text", text, ...rest });
  if (summary !== undefined && summary.length > 0)
    entries.push({ type: "reasoning.summary", summary: summary.join("\n\n"), ...rest });
  entries.push({ type: "reasoning.encrypted", data: sealed(opaque), ...given({ id: item?.id }), ...rest });
  return entries;
}

/** Encrypted reasoning that only one account can read says which one that is. */
function sealed(opaque: Opaque): string {
  return opaque.madeBy.deployment === undefined ? opaque.data : seal({ opaque, kind: "enc" });
}

const none: readonly JsonObject[] = Object.freeze([]);
