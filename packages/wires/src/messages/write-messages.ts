import type { Steps } from "@modelyard/core/kit";
import type { Block } from "../hub/blocks.js";
import type { HubRequest, Instruction, Turn } from "../hub/request.js";
import { pathOf } from "../fields.js";
import type { JsonObject } from "../json.js";
import type { LossList } from "../losses.js";
import { refuseLostTurn } from "../lost-turn.js";
import { type Exchange, pairResults } from "../pair-results.js";
import { type BlockWriting, writeBlocks, writeMark } from "./write-blocks.js";
import { strictVersion } from "./target.js";

/** A conversation must begin with the user; where it does not, the user says this. */
const opening = "Begin.";

/** Fields that the hub does not interpret may be added. */
export interface Message extends JsonObject {
  readonly role: string;
  readonly content: JsonObject[];
}

/** Text of the system: a string where one plain text is all of it. */
export function writeSystem(
  instructions: readonly Instruction[],
  words: string | undefined,
  writing: BlockWriting,
): readonly JsonObject[] | string | undefined {
  if (instructions.length === 0) return words;
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

/** How many turns and blocks are written before the event loop may turn. Each takes 1 to 3 µs. */
const writtenATurn = 1_000;
/** Source: Anthropic, Messages API reference, "There is a limit of 100,000 messages in a single request". */
const mostMessages = 100_000;

/** Turns of one side in one message, results of tools first. */
export class MessageList {
  readonly #writing: BlockWriting;
  readonly #request: HubRequest;
  readonly #turns: readonly Turn[];
  readonly #messages: Message[] = [];

  constructor(request: HubRequest, writing: BlockWriting) {
    const { turns } = request;
    this.#request = request;
    this.#writing = writing;
    this.#turns = turns;
    if (turns.length > mostMessages)
      writing.losses.never("messages", `Anthropic accepts at most ${String(mostMessages)} messages in one request.`);
  }

  /** Adds all turns of a short conversation. @returns whether it is short: if not, nothing was added */
  addShort(): boolean {
    if (!isShort(this.#turns)) return false;
    const exchanges = pairResults(this.#request);
    for (let index = 0; index < exchanges.length; index += 1) {
      const { turn, results } = exchanges[index] as Exchange;
      this.addTurn(turn, this.add(roleOf(turn, this.#writing), turn.blocks, turn.extra?.messages), results);
    }
    return true;
  }

  /** Adds all turns of a long one. */
  *steps(): Steps<void> {
    let left = writtenATurn;
    for (const { turn, results } of pairResults(this.#request)) {
      const { blocks } = turn;
      const role = roleOf(turn, this.#writing);
      let written = false;
      for (let from = 0; from < blocks.length; from += writtenATurn) {
        const some = blocks.length <= writtenATurn ? blocks : blocks.slice(from, from + writtenATurn);
        written = this.add(role, some, turn.extra?.messages) || written;
        left -= some.length;
        if (left > 0) continue;
        yield;
        left = writtenATurn;
      }
      this.addTurn(turn, written, results);
      left -= 1 + results.length;
    }
  }

  /** Adds what follows the blocks of a turn. @param written - whether any of them could be written */
  protected addTurn(turn: Turn, written: boolean, results: readonly Block[]): void {
    refuseLostTurn(this.#turns, turn, written, this.#writing.losses);
    if (results.length > 0) this.add("user", results);
  }

  /** @returns whether anything was written */
  protected add(role: string, blocks: readonly Block[], rest?: JsonObject): boolean {
    const content = writeBlocks(fitted(role, blocks, this.#writing), this.#writing);
    if (content.length === 0) return false;
    const last = this.#messages.at(-1);
    if (last?.role === role) for (const block of content) last.content.push(block);
    else this.#messages.push({ role, content });
    if (rest !== undefined) Object.assign(this.#messages.at(-1) ?? {}, rest);
    return true;
  }

  finished(): readonly Message[] {
    const messages = this.#messages;
    if (messages[0]?.role !== "user") {
      this.#writing.losses.synthesised("messages", "A conversation begins with the user in Messages.");
      messages.unshift({ role: "user", content: [{ type: "text", text: opening }] });
    }
    trimPrefill(messages);
    return messages;
  }
}

function isShort(turns: readonly Turn[]): boolean {
  let left = writtenATurn - turns.length;
  for (let index = 0; index < turns.length && left >= 0; index += 1) left -= turns[index]?.blocks.length ?? 0;
  return left >= 0;
}

/** What a message of a role may hold. */
function fitted(role: string, blocks: readonly Block[], writing: BlockWriting): readonly Block[] {
  const { target, own, losses } = writing;
  if (role === "assistant" && !own && blocks.some(isFile)) return withoutFiles(blocks, losses);
  return target.apiVersion < strictVersion ? blocks : fittedToVersion(role, blocks, losses);
}

function isFile({ type }: Block): boolean {
  return type === "image" || type === "document" || type === "search_result" || type === "other";
}

function withoutFiles(blocks: readonly Block[], losses: LossList): readonly Block[] {
  for (const block of blocks)
    if (isFile(block)) losses.refused(block.path ?? "messages", "A message of the assistant accepts only text here.");
  return blocks.filter((block) => !isFile(block));
}

/** Newer versions take no documents from the model and no citations from the user. */
function fittedToVersion(role: string, blocks: readonly Block[], losses: LossList): readonly Block[] {
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
