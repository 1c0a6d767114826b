import { checkConnection } from "./check-connection.js";
import { RedisConnection, type RedisConnectionOptions } from "./connection.js";

/** A connection for the response cache and the shared state. Connects at once, in the background. @throws `invalid_option` */
export function redisConnection(options: RedisConnectionOptions = {}): RedisConnection {
  checkConnection(options, "redisConnection");
  return new RedisConnection(options);
}
