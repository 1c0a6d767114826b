import OpenAI from "openai";
import { fetch } from "./router.js";

export const client = new OpenAI({ fetch, baseURL: "http://router/v1", apiKey: "none", maxRetries: 0 });

export async function ask(question: string): Promise<string | null | undefined> {
  const messages = [{ role: "user" as const, content: question }];
  const answer = await client.chat.completions.create({ model: "fast", messages });
  return answer.choices[0]?.message.content;
}
