import type { OperationTitle } from "./cells.js";
import { blocksOf, describeFaults } from "./matrix.js";

const chats: readonly OperationTitle[] = ["chat", "streamed chat"];
const others: readonly OperationTitle[] = ["messages", "streamed messages", "responses", "streamed responses"];

// Chats over the vendors' other APIs are in `matrix.test.ts`.
describeFaults([
  ...blocksOf("openai over responses", [...chats, ...others], ["proxy"]),
  ...blocksOf("openai", others, ["proxy"]),
  ...blocksOf("anthropic", others, ["proxy"]),
]);
