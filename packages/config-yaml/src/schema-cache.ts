import * as z from "zod";
import { count, flag, text } from "./schema-values.js";
import { sectionShape } from "./setting-schemas.js";

/** `cache_params` and `cache_kwargs`: how and where answers are cached. */
export const cacheParams = z.strictObject({
  type: z.enum(["local", "redis"]).optional(),
  ...sectionShape("router", "litellm_settings.cache_params."),
  max_entries: count.optional(),
  max_bytes: count.optional(),
  host: text.optional(),
  port: count.optional(),
  password: text.optional(),
  username: text.optional(),
  url: text.optional(),
  db: count.optional(),
  ssl: flag.optional(),
  redis_startup_nodes: z.array(z.strictObject({ host: text, port: count })).optional(),
  sentinel_nodes: z.array(z.union([z.tuple([text, count]), z.strictObject({ host: text, port: count })])).optional(),
  service_name: z.string().optional(),
  sentinel_password: text.optional().describe("The password of the Sentinels themselves."),
});
