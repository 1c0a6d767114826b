import type { OperationTitle } from "./cells.js";
import { blocksOf, describeFaults } from "./matrix.js";
import type { Way } from "./stage.js";

const ways: readonly Way[] = ["library", "proxy"];
const chats: readonly OperationTitle[] = ["chat", "streamed chat"];

describeFaults([
  ...blocksOf("openai", [...chats, "completions", "embeddings"], ways),
  ...blocksOf("azure", chats, ways),
  ...blocksOf("anthropic", chats, ways),
]);
