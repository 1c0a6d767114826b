import type { JsonObject } from "@modelyard/core";
import type { CacheMark, Extra, Opaque, Source, WireName } from "./common.js";

/** The item of a Responses body that a block was part of. Blocks with the same `id` are parts of one item. */
export interface Item {
  /** E.g. `msg_1`, `rs_1`, `fc_1`. */
  readonly id?: string;
  readonly status?: string;
  /** Whether the text is a comment on the way, or the answer. */
  readonly phase?: string;
  /** Fields of a message item that the hub does not interpret. */
  readonly extra?: Extra;
}

interface BlockBase {
  /** Where it stands, in the words of the wire it was read from; for losses. Not set on answers and events. */
  readonly path?: string;
  readonly item?: Item;
  readonly cache?: CacheMark;
  readonly extra?: Extra;
}

export interface TextBlock extends BlockBase {
  readonly type: "text";
  readonly text: string;
  readonly citations?: readonly Citation[];
  readonly logprobs?: unknown;
}

/** The model's own words for declining. */
export interface RefusalBlock extends BlockBase {
  readonly type: "refusal";
  readonly text: string;
}

export interface ImageBlock extends BlockBase {
  readonly type: "image";
  readonly source: Source;
  readonly detail?: string;
}

export interface AudioBlock extends BlockBase {
  readonly type: "audio";
  /** Not set: audio of an earlier answer, which only `id` names. */
  readonly source?: Source;
  /** E.g. `wav`. */
  readonly format?: string;
  readonly transcript?: string;
  readonly id?: string;
  /** Seconds since the Unix epoch. */
  readonly expiresAt?: number;
}

export interface DocumentBlock extends BlockBase {
  readonly type: "document";
  readonly source: Source | { readonly kind: "blocks"; readonly blocks: readonly Block[] };
  readonly filename?: string;
  readonly title?: string;
  readonly context?: string;
  /** Whether the answer may cite it. */
  readonly citations?: boolean;
  readonly detail?: string;
}

/** A result of the caller's own search, which the answer may cite. */
export interface SearchResultBlock extends BlockBase {
  readonly type: "search_result";
  readonly source: string;
  readonly title: string;
  readonly blocks: readonly Block[];
  readonly citations?: boolean;
}

/** What the model thought. Without `text` and `summary`, only the vendor can read it. */
export interface ReasoningBlock extends BlockBase {
  readonly type: "reasoning";
  /** The thoughts themselves, where the vendor shows them. */
  readonly text?: string;
  /** One entry for each part of the summary. */
  readonly summary?: readonly string[];
  /** A signature, or the thoughts in encrypted form. */
  readonly opaque?: Opaque;
  /** Hidden by the vendor's safety system; `opaque` is all there is. */
  readonly redacted?: boolean;
}

/** Arguments as the model wrote them: JSON for functions, free text for custom tools. */
export interface ToolInput {
  readonly kind: "json" | "text";
  readonly text: string;
}

export interface ToolCallBlock extends BlockBase {
  readonly type: "tool_call";
  readonly id: string;
  readonly name: string;
  /** The group of tools that `name` belongs to. */
  readonly namespace?: string;
  readonly input: ToolInput;
  /** It calls the caller's search for tools. */
  readonly search?: true;
}

export interface ToolResultBlock extends BlockBase {
  readonly type: "tool_result";
  /** The id of the call. */
  readonly id: string;
  readonly blocks: readonly Block[];
  readonly isError?: boolean;
  /** Whether a function or a custom tool was called. */
  readonly of: "function" | "custom";
  /** The result of a search for tools, as Responses has it. */
  readonly found?: JsonObject;
}

/** A call or a result of a tool that the vendor runs itself. Only that vendor takes it back. */
export interface ServerToolBlock extends BlockBase {
  readonly type: "server_tool";
  readonly wire: WireName;
  readonly value: JsonObject;
}

/** Stands for turns that the vendor has summarized. */
export interface CompactionBlock extends BlockBase {
  readonly type: "compaction";
  readonly text?: string;
  readonly opaque?: Opaque;
}

/** An item that the vendor has stored. */
export interface ReferenceBlock extends BlockBase {
  readonly type: "reference";
  readonly id: string;
}

/** A block that has no meaning outside of its wire. */
export interface OtherBlock extends BlockBase {
  readonly type: "other";
  readonly wire: WireName;
  readonly value: JsonObject;
}

export type Block =
  | AudioBlock
  | CompactionBlock
  | DocumentBlock
  | ImageBlock
  | OtherBlock
  | ReasoningBlock
  | ReferenceBlock
  | RefusalBlock
  | SearchResultBlock
  | ServerToolBlock
  | TextBlock
  | ToolCallBlock
  | ToolResultBlock;

/** What a text refers to. */
export interface Citation {
  /** `url` is known to all wires; the other kinds only to their own. */
  readonly kind: "url" | "other";
  readonly url?: string;
  readonly title?: string;
  /** The characters of the text block that the citation supports. */
  readonly span?: { readonly start: number; readonly end: number };
  /** The citation as it was, for the wire it came from. */
  readonly raw?: { readonly wire: WireName; readonly value: JsonObject };
}
