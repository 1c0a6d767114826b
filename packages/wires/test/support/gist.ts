import type { Block, HubAnswer } from "../../src/index.js";

/** What an answer says, whatever its wire. */
export interface Gist {
  readonly text: string;
  readonly thoughts: string;
  readonly calls: readonly unknown[];
  readonly stop: string;
}

export function gistOf(blocks: readonly Block[], stop: string): Gist {
  const text = blocks.map((block) => (block.type === "text" || block.type === "refusal" ? block.text : ""));
  const thoughts = blocks.map((block) =>
    block.type === "reasoning" ? (block.text ?? block.summary?.join("\n\n") ?? "") : "",
  );
  const calls = blocks.flatMap((block) => (block.type === "tool_call" ? [[block.id, inputOf(block.input.text)]] : []));
  return { text: text.join(""), thoughts: thoughts.filter((thought) => thought !== "").join("\n\n"), calls, stop };
}

/** Callers that do not know custom tools get their input in JSON. */
export function inputOf(text: string): unknown {
  try {
    const input: unknown = JSON.parse(text.trim() === "" ? "{}" : text);
    return typeof (input as { readonly input?: unknown }).input === "string"
      ? (input as { readonly input: string }).input
      : JSON.stringify(input);
  } catch {
    return text;
  }
}

export function gistOfAnswer({ choices: [choice] }: HubAnswer): Gist {
  return gistOf(choice?.blocks ?? [], choice?.stop.reason ?? "none");
}
