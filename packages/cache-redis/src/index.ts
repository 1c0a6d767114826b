export type { RedisNode } from "./client.js";
export type { RedisConnection, RedisConnectionOptions } from "./connection.js";
export { RedisUnavailableError } from "./errors.js";
export { redisCache } from "./redis-cache.js";
export { redisConnection } from "./redis-connection.js";
export { redisState, type RedisStateOptions } from "./redis-state.js";
