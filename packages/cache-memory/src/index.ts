export { memoryCache, type MemoryCacheOptions } from "./memory-cache.js";
export { memoryState } from "./memory-state.js";
