import { defineProvider, type TokenCounts } from "@modelyard/provider-kit";

/** A line that acme sends. A plain answer is one line; a stream has one line per word. */
interface Line {
  readonly say?: string;
  readonly stop?: "stop" | "length";
  /** Tokens of the prompt and of the answer. */
  readonly used?: readonly [number, number];
  /** The end mark of a stream. */
  readonly bye?: boolean;
  /** The reason of a failure. */
  readonly oops?: string;
}

function counts({ used }: Line): TokenCounts | undefined {
  return used === undefined ? undefined : { input: used[0], output: used[1] };
}

/** Acme's API: `POST /speak`, answered with lines of JSON. */
export const acme = defineProvider<Line>({
  name: "acme",
  claims: /^acme-/u,
  baseUrl: "https://api.acme.example",
  environment: { apiKey: ["ACME_API_KEY"] },
  auth: (apiKey) => ({ "x-acme-key": apiKey?.reveal() ?? "" }),
  path: "/speak",
  format: "lines",
  accepts: ["max_tokens", "stop", "temperature"],
  body: ({ model, request: { messages, max_tokens, stop, temperature }, stream }) => {
    return { model, messages, most: max_tokens, until: stop, temperature, stream };
  },
  answer: (line) => ({ text: line.say, finishReason: line.stop, usage: counts(line) }),
  event: (line) => ({ text: line.say, finishReason: line.stop, usage: counts(line), done: line.bye }),
  failure: ({ oops }) => oops,
});

/** Configuration files call this with `custom_handler_args`. */
export const provider = ({ address }: { readonly address?: string } = {}): ReturnType<typeof acme> =>
  acme(address === undefined ? {} : { baseUrl: address });
