import type { Provider } from "@modelyard/core";
import { Cancellation, systemClock } from "@modelyard/core/kit";
import { createGateway, type GatewayRequest } from "@modelyard/gateway";
import { createRouter } from "@modelyard/router";
import { chatAnswer } from "../wires/chat.js";
import { median } from "../report/statistics.js";
import type { Results } from "./timing.js";

/** About a million tokens of prompt. */
const promptCharacters = 4_000_000;
const rounds = 9;

/** How long a prompt of a million tokens blocks the event loop in milliseconds, and how much of that is parsing. */
export async function stall(): Promise<Results> {
  const answer = Promise.resolve({ kind: "answer" as const, value: JSON.parse(chatAnswer(1_024).toString()) as never });
  const instant: Provider = { name: "openai", specVersion: 1, operations: ["chat"], call: () => answer };
  const router = createRouter({
    providers: [instant],
    clock: systemClock,
    // With a tpm limit, so that tokens are estimated.
    modelList: [{ modelName: "m", model: "openai/m", apiKey: "k", tpm: 1_000_000_000 }],
  });
  const gateway = createGateway(router);
  const text = JSON.stringify({
    model: "m",
    messages: Array.from({ length: 100 }, () => ({ role: "user", content: "word ".repeat(promptCharacters / 500) })),
  });
  const bytes = Buffer.from(text);
  const request: GatewayRequest = {
    method: "POST",
    path: "/v1/chat/completions",
    header: () => undefined,
    body: async () => bytes,
    cancellation: new Cancellation(),
  };
  const whole: number[] = [];
  const parsing: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    let began = performance.now();
    JSON.parse(text);
    parsing.push(performance.now() - began);
    began = performance.now();
    // Nothing that is awaited takes time, so the event loop is blocked until the end.
    await gateway.handle(request);
    whole.push(performance.now() - began);
  }
  return {
    "a prompt of 1M tokens: event loop held, ms": median(whole),
    "a prompt of 1M tokens: of it JSON.parse, ms": median(parsing),
  };
}
