import type { AnswerRoute } from "@modelyard/core/kit";
import { json } from "../answers.js";

/**
 * The list of models for Codex, which asks for it if a command supplies its key, and tells its version. It does not read OpenAI's list.
 * What it reads is how each model is prompted and which tools it has, in place of what Codex knows itself. So the list is empty: Codex
 * goes on with its own, and does not ask again for five minutes. Seen with Codex 0.171.0, which takes OpenAI's list for a failure.
 */
export const codexModels: AnswerRoute = {
  method: "GET",
  path: "/v1/models",
  aliases: ["/models"],
  accepts: (head) => head.query?.("client_version") !== undefined,
  answer: () => json(200, { models: [] }),
};
