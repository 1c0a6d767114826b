import type { JsonObject } from "./json.js";

/** A fallback: a group, or a group with changes to the fields of the request. */
export type FallbackEntry =
  | string
  | {
      readonly model: string;
      /**
       * Request fields that replace the caller's, under their wire names. They may include fields for the router, such as
       * `timeout`, `stream_timeout`, `num_retries`, `tags`, `metadata`, `allowed_model_region`, `drop_params` and
       * `mock_response`.
       */
      readonly set?: JsonObject;
      /** Fields of the same kinds that are removed. */
      readonly unset?: readonly string[];
    };

export type FallbackMap = Readonly<Record<string, readonly FallbackEntry[]>>;

/** A list as in LiteLLM, e.g. `[{ "gpt-4": ["claude-2"] }]`, or one object. The key `*` stands for all groups. */
export type Fallbacks = FallbackMap | readonly FallbackMap[];

/** The groups to try after the requested one, in order, or maps from group to such lists, as in a configuration. */
export type RequestFallbacks = readonly FallbackEntry[] | Fallbacks;
