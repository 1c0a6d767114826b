import type { JsonObject } from "./json.js";

/** A fallback: a group, or a group with fields that are set or unset for it. */
export type FallbackEntry =
  | string
  | {
      readonly model: string;
      /**
       * Request fields that replace the caller's, under their wire names; among those for the router `timeout`,
       * `stream_timeout`, `num_retries`, `tags`, `metadata`, `allowed_model_region`, `drop_params`, `mock_response`.
       */
      readonly set?: JsonObject;
      /** Fields of the same kinds that are left out. */
      readonly unset?: readonly string[];
    };

export type FallbackMap = Readonly<Record<string, readonly FallbackEntry[]>>;

/** As LiteLLM writes it, e.g. `[{ "gpt-4": ["claude-2"] }]`, or as one object. The key `*` stands for every group. */
export type Fallbacks = FallbackMap | readonly FallbackMap[];

/** The groups to try after the one that was asked for, in order; or maps from group to such lists, as in a configuration. */
export type RequestFallbacks = readonly FallbackEntry[] | Fallbacks;
