import { checkConnection } from "./check-connection.js";
import { RedisConnection, type RedisConnectionOptions } from "./connection.js";

/**
 * Creates a connection for the response cache and the shared state. It connects at once, in the background.
 * @throws `invalid_option`
 */
export function redisConnection(options: RedisConnectionOptions = {}): RedisConnection {
  checkConnection(options, "redisConnection");
  return new RedisConnection(options);
}
