// State that several processes share. It has a separate entry point, so that other programs never load a Redis client.
export * from "@modelyard/cache-redis";
