import type { Block } from "../hub/blocks.js";
import type { HubRequest, Instruction, Turn } from "../hub/request.js";
import { pathOf } from "../fields.js";
import type { JsonObject } from "../json.js";
import { refuseLostTurn } from "../lost-turn.js";
import { pairResults } from "../pair-results.js";
import { type BlockWriting, writeBlocks, writeMark } from "./write-blocks.js";
import { strictVersion } from "./target.js";

/** A conversation must begin with the user; where it does not, the user says this. */
const opening = "Begin.";

interface Message {
  readonly role: string;
  readonly content: JsonObject[];
}

/** Text of the system: a string where one plain text is all of it. */
export function writeSystem(
  instructions: readonly Instruction[],
  words: string | undefined,
  writing: BlockWriting,
): readonly JsonObject[] | string | undefined {
  const blocks = instructions.flatMap(({ text, path, cache, extra, name }) => {
    if (name !== undefined) writing.losses.dropped(pathOf(path, "name"), "Messages has no names of participants.");
    if (text.trim() === "") return [];
    return [{ type: "text", text, ...writeMark(cache, pathOf(path, "cache_control"), writing), ...extra?.messages }];
  });
  if (words !== undefined) blocks.push({ type: "text", text: words });
  const [only] = blocks;
  if (only === undefined) return undefined;
  return blocks.length === 1 && Object.keys(only).length === 2 ? only.text : blocks;
}

/** Turns of one side in one message, results of tools first. */
export function writeMessages(request: HubRequest, writing: BlockWriting): readonly JsonObject[] {
  const messages: Message[] = [];
  const add = (role: string, blocks: readonly Block[], rest?: JsonObject): boolean => {
    const content = writeBlocks(fitted(role, blocks, writing), writing);
    if (content.length === 0) return false;
    const last = messages.at(-1);
    if (last?.role === role) for (const block of content) last.content.push(block);
    else messages.push({ role, content: [...content] });
    Object.assign(messages.at(-1) ?? {}, rest);
    return true;
  };
  for (const { turn, results } of pairResults(request)) {
    const written = add(roleOf(turn, writing), turn.blocks, turn.extra?.messages);
    refuseLostTurn(request.turns, turn, written, writing.losses);
    add("user", results);
  }
  if (messages[0]?.role !== "user") {
    writing.losses.synthesised("messages", "A conversation begins with the user in Messages.");
    messages.unshift({ role: "user", content: [{ type: "text", text: opening }] });
  }
  trimPrefill(messages);
  return messages.map((message) => ({ ...message }));
}

/** Newer versions take no documents from the model and no citations from the user. */
function fitted(role: string, blocks: readonly Block[], { target, losses }: BlockWriting): readonly Block[] {
  if (target.apiVersion < strictVersion) return blocks;
  return blocks.flatMap((block) => {
    if (role === "assistant" && block.type === "document") {
      losses.refused(
        block.path ?? "messages",
        "This version of Anthropic's API does not accept documents in assistant messages.",
      );
      return [];
    }
    if (role !== "user" || block.type !== "text" || block.citations === undefined) return [block];
    losses.dropped(
      pathOf(block.path ?? "messages", "citations"),
      "This version of Anthropic's API does not accept citations in user messages.",
    );
    return [{ ...block, citations: [] }];
  });
}

function roleOf({ role, path, name }: Turn, { target, losses }: BlockWriting): string {
  if (name !== undefined) losses.dropped(pathOf(path, "name"), "Messages has no names of participants.");
  if (role !== "system" && role !== "developer") return role;
  if (target.systemTurns) return "system";
  losses.converted(
    path,
    "The model accepts instructions only before the conversation, so this one is sent as a user message.",
  );
  return "user";
}

/** Anthropic refuses an answer's beginning that ends in white space. */
function trimPrefill(messages: readonly Message[]): void {
  const last = messages.at(-1);
  const block = last?.content.at(-1);
  if (last?.role === "assistant" && block?.["type"] === "text")
    last.content[last.content.length - 1] = { ...block, text: String(block["text"]).trimEnd() };
}
