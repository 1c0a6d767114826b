import { isJsonObject } from "@modelyard/core/kit";

/** The kinds of tools that Chat Completions and Responses describe differently. */
const kinds = ["function", "custom"] as const;

/**
 * A tool as Responses describes it. Chat Completions has the same fields one level deeper, and Cursor mixes the two in
 * one list. Other values stay as they are, so that errors name their places.
 */
export function flatTool(tool: unknown): unknown {
  if (!isJsonObject(tool)) return tool;
  const kind = kinds.find((one) => one === tool["type"] && isJsonObject(tool[one]));
  if (kind === undefined) return withFlatFormat(tool);
  const { [kind]: inner, ...outer } = tool;
  return withFlatFormat({ ...outer, ...(inner as object) });
}

/** Only Chat Completions wraps the grammar of a custom tool in an object of its own. */
function withFlatFormat(tool: Readonly<Record<string, unknown>>): unknown {
  const { format } = tool;
  if (!isJsonObject(format) || !isJsonObject(format["grammar"])) return tool;
  const { grammar, ...others } = format;
  return { ...tool, format: { ...others, ...(grammar as object) } };
}
