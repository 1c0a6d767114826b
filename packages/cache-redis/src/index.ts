export {
  type RedisConnection,
  redisConnection,
  type RedisConnectionOptions,
  type RedisNode,
  RedisUnavailableError,
} from "./connection.js";
export { redisCache } from "./redis-cache.js";
export { redisState, type RedisStateOptions } from "./redis-state.js";
