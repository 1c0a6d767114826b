import type { JsonObject } from "@modelyard/core";
import { isJsonObject, type MaybePromise } from "@modelyard/core/kit";
import { ConversationMemory, type RememberingCall } from "./conversation-memory.js";

/** The most that is remembered in a process, in characters: of items, and of the inputs of conversations. */
const mostRemembered = 16 * 1024 * 1024;
/** Inputs that are longer are not remembered, in characters. Callers that send so much send it all again, mostly. */
const longestInput = 256 * 1024;
/** How many answers in a row are put together to a conversation. */
const mostLinks = 256;
/** The longest conversation that is put together, in characters. */
const longestConversation = 4 * 1024 * 1024;

/** What a caller said in one call, as text, and the answer. */
interface Link {
  /** The id of the answer before it. */
  readonly previous?: string;
  /** The items of the input. */
  readonly input: string;
  readonly output: readonly JsonObject[];
}

/** What a call adds to its conversation. */
export type Said = Omit<Link, "output">;

export interface ResolvedRequest {
  readonly request: JsonObject;
  /** What it adds to its conversation. Not set: that is not remembered. */
  readonly said: Said | undefined;
}

/**
 * The answers that callers of Responses expect to be stored, though another API gave them: callers then refer to items, or to
 * a whole answer, instead of sending them again.
 */
export class RememberedItems {
  readonly #items = new ConversationMemory<JsonObject>({ kind: "item", most: mostRemembered, read: readItem });
  readonly #links = new ConversationMemory<Link>({ kind: "response", most: mostRemembered, read: readLink });

  /** @param said - not set: only the items are remembered, since the input is too long */
  remember(call: RememberingCall, { id, output }: JsonObject, said: Said | undefined): void {
    const items = Array.isArray(output) ? output.filter((item): item is Item => readItem(item) !== undefined) : [];
    let size = 0;
    for (const item of items) {
      const own = JSON.stringify(item).length;
      size += own;
      this.#items.remember(call, item.id, item, own);
    }
    if (said !== undefined && typeof id === "string")
      this.#links.remember(call, id, { ...said, output: items }, size + said.input.length);
  }

  /**
   * The request with the items that it refers to. It only waits for a shared store. References to something unknown stay as
   * they are.
   */
  resolve(call: RememberingCall, request: JsonObject): MaybePromise<ResolvedRequest> {
    const { input, previous_response_id: previous } = request;
    const ids = Array.isArray(input) ? input.flatMap((item) => referredId(item) ?? []) : [];
    const loading = this.#items.load(call, ids);
    return loading !== undefined || (typeof previous === "string" && call.memory !== undefined)
      ? this.#resolveLater(call, request, loading)
      : this.#resolve(call, request);
  }

  async #resolveLater(
    call: RememberingCall,
    request: JsonObject,
    loading: Promise<void> | undefined,
  ): Promise<ResolvedRequest> {
    await loading;
    let previous = request["previous_response_id"];
    for (let links = 0; typeof previous === "string" && links < mostLinks; links += 1) {
      await this.#links.load(call, [previous]);
      previous = this.#links.find(call, previous)?.previous;
    }
    return this.#resolve(call, request);
  }

  #resolve(call: RememberingCall, request: JsonObject): ResolvedRequest {
    const { previous_response_id: previous, ...rest } = request;
    const { input, store } = request;
    const resolved = Array.isArray(input) ? this.#withItems(call, input) : input;
    const said = store === false ? undefined : saidIn(previous, itemsOf(resolved));
    const before = typeof previous === "string" ? this.#conversation(call, previous) : undefined;
    if (before !== undefined) return { request: { ...rest, input: [...before, ...itemsOf(resolved)] }, said };
    return { request: resolved === input ? request : { ...request, input: resolved }, said };
  }

  /** It is the same list if it refers to nothing that is known. */
  #withItems(call: RememberingCall, input: readonly unknown[]): readonly unknown[] {
    const resolved = input.map((item) => {
      const id = referredId(item);
      return id === undefined ? item : (this.#items.find(call, id) ?? item);
    });
    return resolved.some((item, index) => item !== input[index]) ? resolved : input;
  }

  /** Everything up to an answer. `undefined`: a part of it is unknown, or it is too long. */
  #conversation(call: RememberingCall, id: string): readonly unknown[] | undefined {
    const parts: (readonly unknown[])[] = [];
    let previous: string | undefined = id;
    let length = 0;
    for (let links = 0; previous !== undefined; links += 1) {
      const link: Link | undefined = this.#links.find(call, previous);
      if (link === undefined || links === mostLinks) return undefined;
      length += link.input.length;
      if (length > longestConversation) return undefined;
      parts.push(link.output, JSON.parse(link.input) as readonly unknown[]);
      ({ previous } = link);
    }
    return parts.toReversed().flat();
  }
}

/** Shared by all providers, so that the bound is one of the process. */
export const rememberedItems = /* @__PURE__ */ new RememberedItems();

/** @returns `undefined` if it is too long */
function saidIn(previous: unknown, items: readonly unknown[]): Said | undefined {
  const input = JSON.stringify(items);
  if (input.length > longestInput) return undefined;
  return { input, ...(typeof previous === "string" ? { previous } : {}) };
}

type Item = JsonObject & { readonly id: string };

/** The id that an item stands for. References may omit their type, and then have nothing but an id. */
function referredId(item: unknown): string | undefined {
  if (!isJsonObject(item)) return undefined;
  const { type, id } = item;
  if (typeof id !== "string") return undefined;
  return type === "item_reference" || (type == null && item["role"] === undefined) ? id : undefined;
}

function itemsOf(input: unknown): readonly unknown[] {
  if (Array.isArray(input)) return input;
  return typeof input === "string" ? [{ type: "message", role: "user", content: input }] : [];
}

function readItem(value: unknown): Item | undefined {
  return isJsonObject(value) && typeof value["id"] === "string" && typeof value["type"] === "string"
    ? (value as Item)
    : undefined;
}

/** Checks what a shared store returned. */
function readLink(value: unknown): Link | undefined {
  if (!isJsonObject(value)) return undefined;
  const { previous, input, output } = value;
  if (typeof input !== "string" || !Array.isArray(JSON.parse(input)) || !Array.isArray(output)) return undefined;
  if (previous !== undefined && typeof previous !== "string") return undefined;
  return output.every((item) => readItem(item) !== undefined) ? (value as unknown as Link) : undefined;
}
