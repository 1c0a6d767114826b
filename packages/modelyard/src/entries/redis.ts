// What routers in several processes share. An entry of its own: a program with one process never loads a Redis client.
export * from "@modelyard/cache-redis";
