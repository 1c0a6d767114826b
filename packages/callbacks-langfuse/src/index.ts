export { langfuseCallback, type LangfuseOptions } from "./langfuse-callback.js";
