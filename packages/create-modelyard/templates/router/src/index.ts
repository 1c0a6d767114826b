import { RouterError } from "@modelyard/router";
import { createAppRouter } from "./router.ts";

const content = process.argv.slice(2).join(" ") || "Why is the sky blue? Answer in two sentences.";

try {
  const router = createAppRouter();
  const answer = await router.completion({ model: "smart", stream: true, messages: [{ role: "user", content }] });
  for await (const chunk of answer) process.stdout.write(chunk.choices[0]?.delta.content ?? "");
  console.log(`\n\nServed by "${answer.routing.modelGroup}" after ${answer.routing.attempts.length} attempt(s).`);
  await router.close();
} catch (error) {
  // The message says what failed and what to do; `error.attempts` lists every call.
  console.error(RouterError.isInstance(error) ? error.message : error);
  process.exitCode = 1;
}
