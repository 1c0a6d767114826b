import * as z from "zod";
import { flag, count, text, seconds } from "./schema-values.js";

/** LiteLLM's names of its functions, the waiting ones and the others. */
export const callTypes = [
  "completion",
  "acompletion",
  "text_completion",
  "atext_completion",
  "embedding",
  "aembedding",
  "transcription",
  "atranscription",
  "rerank",
  "arerank",
  "responses",
  "aresponses",
] as const;

export const cacheParams = z.strictObject({
  type: z.enum(["local", "redis"]).optional(),
  ttl: seconds("How long answers are kept."),
  default_in_memory_ttl: seconds("The same, for local caches."),
  default_redis_ttl: seconds("The same, for Redis."),
  namespace: z.string().optional(),
  shared: flag.optional().describe("Whether callers with different keys see each other's answers."),
  single_flight: flag.optional().describe("Identical calls in the air share one call."),
  max_entries: count.optional(),
  max_bytes: count.optional(),
  host: text.optional(),
  port: count.optional(),
  password: text.optional(),
  username: text.optional(),
  url: text.optional(),
  db: count.optional(),
  ssl: flag.optional(),
  mode: z
    .enum(["default_on", "default_off"])
    .optional()
    .describe("default_off: only requests that say use-cache are looked up and kept."),
  supported_call_types: z.array(z.enum(callTypes)).optional().describe("What is looked up and kept; else everything."),
  lookup_timeout: seconds("Longest wait for the cache; then it counts as empty."),
  redis_startup_nodes: z.array(z.strictObject({ host: text, port: count })).optional(),
  sentinel_nodes: z.array(z.union([z.tuple([text, count]), z.strictObject({ host: text, port: count })])).optional(),
  service_name: z.string().optional(),
  sentinel_password: text.optional().describe("Of the Sentinels themselves."),
});
