import type { ScriptedWire } from "@modelyard/testing";
import { describeProvider, describeSecrecy } from "@modelyard/testing/conformance";
import { acme } from "./index.ts";

const line = (fields: object): string => `${JSON.stringify(fields)}\n`;

/** The format of acme's answers, as documented. */
const wire: ScriptedWire = {
  paths: { "/speak": "chat" },
  streamType: "application/x-ndjson",
  finishReasons: ["stop", "length"],
  plain: (text, { finishReason, usage }) =>
    line({ say: text, stop: finishReason, used: [usage.prompt_tokens, usage.completion_tokens] }),
  stream: (texts, { finishReason, usage }) => ({
    contents: texts.map((say) => line({ say })),
    finish: line({ stop: finishReason, used: [usage.prompt_tokens, usage.completion_tokens] }),
    end: line({ bye: true }),
  }),
  failure: (_, message) => line({ oops: message }),
  failureEvent: (message) => line({ oops: message }),
  keepAlive: "\n",
};

const refused = { fields: { seed: 5, logprobs: true }, refused: ["seed", "logprobs"] };

describeProvider("acme", { create: () => acme(), wire, refused });
describeSecrecy("acme", { create: () => acme(), wire });
