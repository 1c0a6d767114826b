export { memoryCache, type MemoryCache, type MemoryCacheOptions } from "./memory-cache.js";
export { memoryState } from "./memory-state.js";
