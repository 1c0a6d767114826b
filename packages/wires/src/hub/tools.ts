import type { JsonObject } from "@modelyard/core";
import type { CacheMark, Extra, WireName } from "./common.js";

interface ToolBase {
  readonly cache?: CacheMark;
  readonly extra?: Extra;
  /** Where it stands, in the words of the wire it was read from. */
  readonly path: string;
  /** It is in the result of a search for tools, not in the request's list. */
  readonly found?: true;
}

export interface HubFunction extends ToolBase {
  readonly type: "function";
  readonly name: string;
  readonly description?: string;
  /** JSON Schema of the arguments. Not set: the function takes none. */
  readonly parameters?: JsonObject;
  /** Not set: the caller's wire has its own default, which means "not strict" in Chat Completions and Messages. */
  readonly strict?: boolean;
}

/** A tool that takes free text, or text of a grammar. */
export interface HubCustomTool extends ToolBase {
  readonly type: "custom";
  readonly name: string;
  readonly description?: string;
  /** Not set: any text. */
  readonly grammar?: { readonly syntax: string; readonly definition: string };
}

/** A group of tools, such as those of one MCP server. */
export interface HubNamespace extends ToolBase {
  readonly type: "namespace";
  readonly name: string;
  readonly description?: string;
  readonly tools: readonly HubTool[];
}

export interface HubWebSearch extends ToolBase {
  readonly type: "web_search";
  readonly allowedDomains?: readonly string[];
  readonly blockedDomains?: readonly string[];
  readonly maxUses?: number;
  readonly contextSize?: string;
  /** City, region, country and time zone of the user. */
  readonly location?: JsonObject;
  /** The tool as it was written, for its own wire. */
  readonly raw: { readonly wire: WireName; readonly value: JsonObject };
}

/** An MCP server that the vendor connects to. */
export interface HubMcp extends ToolBase {
  readonly type: "mcp";
  readonly name: string;
  readonly url?: string;
  readonly authorization?: string;
  readonly allowedTools?: readonly string[];
  /** When the caller is asked before a tool runs. Not set: as its wire has it. */
  readonly approval?: unknown;
  readonly raw: { readonly wire: WireName; readonly value: JsonObject };
}

/** A search for tools that the caller runs. The tools that it finds can be called from then on. */
export interface HubToolSearch extends ToolBase {
  readonly type: "tool_search";
  readonly description?: string;
  readonly parameters?: JsonObject;
  readonly value: JsonObject;
}

/** A tool that one vendor runs, or whose schema its models know by heart. */
export interface HubVendorTool extends ToolBase {
  readonly type: "vendor";
  /** E.g. `file_search`, `bash_20250124`. */
  readonly kind: string;
  readonly wire: WireName;
  readonly value: JsonObject;
}

export type HubTool =
  | HubCustomTool
  | HubFunction
  | HubMcp
  | HubNamespace
  | HubToolSearch
  | HubVendorTool
  | HubWebSearch;

export type HubToolChoice =
  | { readonly type: "auto" | "none" | "required" }
  | { readonly type: "tool"; readonly kind: "custom" | "function"; readonly name: string }
  /** Only some of the tools may be called. */
  | {
      readonly type: "allowed";
      readonly mode: "auto" | "required";
      readonly names: readonly string[];
      readonly raw: readonly JsonObject[];
    }
  /** A tool that the vendor runs. */
  | { readonly type: "vendor"; readonly wire: WireName; readonly value: JsonObject };
