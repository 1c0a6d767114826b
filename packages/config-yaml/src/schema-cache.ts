import * as z from "zod";
import { count, flag, record, text } from "./schema-values.js";
import { sectionShape } from "./setting-schemas.js";

/** One of several Redis servers. */
const node = z.strictObject({ host: text.describe("The host."), port: count.describe("The port.") });

/** `cache_params` and `cache_kwargs`: how and where answers are cached. */
export const cacheParams = z.strictObject({
  type: z
    .enum(["local", "redis", "custom"])
    .optional()
    .describe(
      "Where answers are cached: in the memory of each process, in Redis, or in a module. Default: redis if Redis is configured.",
    ),
  module: z.string().optional().describe("With `type: custom`, the path of a module, such as `./my-cache.mjs`."),
  module_args: record.optional().describe("What the module's function gets."),
  ...sectionShape("router", "litellm_settings.cache_params."),
  max_entries: count.optional().describe("The most answers in the memory of a process."),
  max_bytes: count.optional().describe("The most memory for answers in a process. Bytes."),
  host: text.optional().describe("The host of Redis."),
  port: count.optional().describe("The port of Redis. Default: 6379."),
  password: text.optional().describe("The password of Redis."),
  username: text.optional().describe("The user name for Redis."),
  url: text.optional().describe("The address of Redis, which wins over host and port."),
  db: count.optional().describe("The number of the database in Redis."),
  ssl: flag.optional().describe("Whether the connection to Redis is encrypted."),
  redis_startup_nodes: z.array(node).optional().describe("The nodes of a Redis Cluster."),
  sentinel_nodes: z
    .array(z.union([z.tuple([text, count]), node]))
    .optional()
    .describe("The Sentinels of Redis."),
  service_name: z.string().optional().describe("The name of the master that the Sentinels watch."),
  sentinel_password: text.optional().describe("The password of the Sentinels themselves."),
});
