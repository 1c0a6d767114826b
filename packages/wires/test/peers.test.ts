// The same requests and answers, as agentgateway translates them: every difference has its reason.
import { describe, expect, it } from "vitest";
import {
  chat,
  type HubEvent,
  messages,
  responses,
  StreamTranslation,
  ToolNames,
  translateAnswer,
  type WireEvent,
  type WireName,
} from "../src/index.js";
import { isJsonObject, type JsonObject } from "../src/json.js";
import { type PeerTranslation, peerTranslations } from "./support/peer-translations.js";
import { hasRecordings } from "./support/recordings.js";
import { claude, openaiChat, openaiResponses } from "./targets.js";

const wires = { chat, responses, messages };
const caller = { now: 1, request: { store: false }, streamUsage: true };
const answerer = { vendor: "vendor", deployment: "deployment", model: "model" };

/** Differences that we want: in which translations, at which paths, and why. */
const accepted: readonly { readonly at: RegExp; readonly path: RegExp; readonly why: string }[] = [
  // Requests
  { at: /request$/u, path: /^stream$/u, why: "The default of a field need not be written." },
  {
    at: /to chat request$/u,
    path: /^messages\.\d+\.content/u,
    why: "A message of one plain text is a string; marks are written only for models that take them; images of tool results move behind all results.",
  },
  {
    at: /cache_control to chat request$/u,
    path: /^messages\.\d+(?:\.role)?$/u,
    why: "The role developer at OpenAI; images of tool results are a message of their own.",
  },
  {
    at: /to responses request$/u,
    path: /^(?:store|include|tools\.\d+\.strict|text\.format\.strict)$/u,
    why: "Nothing is stored, encrypted reasoning comes back, and functions are not strict unless the caller says so.",
  },
  {
    at: /completions\/full to messages request$/u,
    path: /^stop_sequences/u,
    why: "Anthropic does not accept blank stop sequences.",
  },
  {
    at: /completions\/tool-call to messages request$/u,
    path: /^(?:tools|tool_choice)$/u,
    why: "Messages needs the declarations of tools that were called earlier.",
  },
  {
    at: /request$/u,
    path: /format\.(?:json_schema\.)?name$/u,
    why: "A schema without a name needs one; ours is another.",
  },
  {
    at: /responses_agent_subset to responses request$/u,
    path: /^(?:input\.0\.content\.3|input\.\d\.(?:id|status))$/u,
    why: "An uploaded file is not moved to another vendor; items have ids only of that vendor.",
  },
  {
    at: /responses_agent_subset to responses request$/u,
    path: /^(?:metadata|safety_identifier|instructions)/u,
    why: "The user's id is the safety identifier; a blank line parts the texts of the system.",
  },
  {
    at: /reasoning(?:_max)? to messages request$/u,
    path: /^(?:max_tokens|thinking|output_config)/u,
    why: "Models that think adaptively get an effort instead of a budget, and their thoughts need tokens of their own.",
  },
  {
    at: /full to messages request$/u,
    path: /^(?:system|top_p|tools|output_config)/u,
    why: "JSON without a schema is asked for in words, since Anthropic wants schemas without further properties; this model takes one of temperature and top_p; old functions are tools.",
  },
  {
    at: /tool-call to messages request$/u,
    path: /^messages\.[23]/u,
    why: "All results of a turn are in one message.",
  },
  {
    at: /structured-output to chat request$/u,
    path: /^response_format\.json_schema\.strict$/u,
    why: "OpenAI is asked to hold the model only to schemas that it takes.",
  },
  {
    at: /to chat request$/u,
    path: /^reasoning_effort$/u,
    why: "The caller's effort is kept; one that the caller does not name is not made up.",
  },
  // Answers
  {
    at: /(?:answer|stream)$/u,
    path: /^(?:id|created|created_at)$/u,
    why: "They hide ids and times; ours are the vendor's.",
  },
  {
    at: /to chat answer$/u,
    path: /^usage\.(?:prompt_tokens|total_tokens|cache_\w+)/u,
    why: "The prompt of Chat Completions includes what was read from the cache and written to it; counts of the cache have OpenAI's names.",
  },
  { at: /to chat answer$/u, path: /^service_tier$/u, why: "Anthropic's standard is OpenAI's default." },
  {
    at: /to chat answer$/u,
    path: /^choices\.\d\.(?:logprobs|message\.refusal)$/u,
    why: "Clients with types expect these fields.",
  },
  {
    at: /to messages answer$/u,
    path: /citations$|^(?:stop_details|container|content\.\d\.caller|usage\.(?:cache_\w+|inference_geo|output_tokens_details|server_tool_use|service_tier))$/u,
    why: "Clients with types expect these fields.",
  },
  {
    at: /to responses answer$/u,
    path: /^(?:background|completed_at|error|frequency_penalty|incomplete_details|instructions|max_output_tokens|max_tool_calls|metadata|output\.\d+\.content\.\d+\.logprobs|parallel_tool_calls|presence_penalty|previous_response_id|prompt_cache_key|reasoning|safety_identifier|service_tier|store|temperature|text|tool_choice|tools|top_logprobs|top_p|truncation)$/u,
    why: "The specification requires these fields, which repeat the request or are empty.",
  },
  {
    at: /to responses answer$/u,
    path: /^(?:model|output\.\d+\.id)$/u,
    why: "They repeat the model of the request, and hide ids; ours are the vendor's.",
  },
  {
    at: /(?:gemini_with_completion_tokens|truncated_tool_call) to responses answer$/u,
    path: /^output\.0\.status$/u,
    why: "The item that the limit has cut is incomplete.",
  },
  {
    at: /(?:gemini_\w+|truncated_tool_call) to responses answer$/u,
    path: /^incomplete_details\.reason$/u,
    why: "The specification's word for a limit is max_output_tokens.",
  },
  {
    at: /gemini_\w+ to (?:messages|responses) answer$/u,
    path: /^usage\.(?:output_tokens|output_tokens_details\.reasoning_tokens)$/u,
    why: "Gemini's thoughts are tokens of the answer, though only its sum counts them.",
  },
  {
    at: /stream_tool_empty_content to responses/u,
    path: /^(?:blocks|stop)/u,
    why: "They begin a message for an empty text, hide the id of the call, and end with an empty output.",
  },
  {
    at: /stream-image to messages stream$/u,
    path: /^blocks/u,
    why: "An empty text is not a block, since Anthropic refuses it when it is sent back.",
  },
  {
    at: /responses\/reasoning to messages/u,
    path: /^content/u,
    why: "Reasoning that the vendor shows is thinking.",
  },
  {
    at: /metadata to chat request$/u,
    path: /^user$/u,
    why: "OpenAI takes 64 characters: a longer id is sent as its SHA-256.",
  },
  {
    at: /stream-refusal to messages/u,
    path: /^stop\.explanation$/u,
    why: "What the model says to decline is the explanation.",
  },
  {
    at: /openrouter_reasoning/u,
    path: /^(?:content|output)/u,
    why: "OpenRouter calls the model's thoughts `reasoning`; they are kept.",
  },
  {
    at: /truncated_tool_call to messages answer$/u,
    path: /^content/u,
    why: "A call whose arguments were cut is not an object, and is not shown.",
  },
  {
    at: /reasoning to messages answer$/u,
    path: /^content\.\d\.signature$/u,
    why: "Foreign reasoning comes in an envelope.",
  },
  // Streams, as the answers that they amount to
  {
    at: /stream$/u,
    path: /^usage\.(?:cacheRead|cacheWrite|cacheWriteByTtl|extra|reasoning)(?:\.|$)/u,
    why: "Usage is reported in full, and counts of the cache have the names of the wire.",
  },
  { at: /stream$/u, path: /opaque|\.item/u, why: "Foreign reasoning comes in an envelope, and items have ids." },
];

function ours({ from, to, kind, given }: PeerTranslation, model: unknown): readonly WireEvent[] {
  const [first] = given;
  if (kind === "request") {
    const request = wires[from].readRequest(first as JsonObject);
    const named = { model: String(model), dropParams: true };
    if (to === "chat") return [chat.writeRequest(request, { ...openaiChat, ...named }).value];
    if (to === "responses") return [responses.writeRequest(request, { ...openaiResponses, ...named }).value];
    return [messages.writeRequest(request, { ...claude, ...named }).value];
  }
  const crossing = { from: wires[from], to: wires[to], names: new ToolNames(), answerer, caller };
  if (kind === "answer") return [translateAnswer(crossing, first as JsonObject).value];
  const translation = new StreamTranslation(crossing);
  return [...given.flatMap((event) => translation.read(event)), ...translation.end()];
}

/** What a stream amounts to, so that streams of different pieces can be compared. */
function wholeOf(to: WireName, events: readonly WireEvent[]): JsonObject {
  const reader = wires[to].streamReader();
  const read: readonly HubEvent[] = [...events.flatMap((event) => reader.read(event)), ...reader.end()];
  return {
    blocks: read.flatMap((event) => (event.type === "block_stop" ? [event.block] : [])),
    stop: read.find((event) => event.type === "stop")?.stop,
    usage: Object.assign({}, ...read.flatMap((event) => (event.type === "usage" ? [event.usage] : []))) as JsonObject,
    last: read.at(-1)?.type,
  };
}

function differences(theirs: unknown, mine: unknown, path = ""): readonly string[] {
  if (JSON.stringify(theirs) === JSON.stringify(mine)) return [];
  const both = [theirs, mine];
  if (!both.every((value) => isJsonObject(value)) && !both.every((value) => Array.isArray(value))) return [path];
  const keys = new Set(both.flatMap((value) => Object.keys(value as object)));
  return [...keys].flatMap((key) =>
    differences((theirs as JsonObject)[key], (mine as JsonObject)[key], path === "" ? key : `${path}.${key}`),
  );
}

function compared(pair: PeerTranslation): readonly string[] {
  const theirs: unknown = pair.kind === "stream" ? wholeOf(pair.to, pair.theirs) : pair.theirs[0];
  const written = ours(pair, (theirs as JsonObject)["model"]);
  const mine: unknown = pair.kind === "stream" ? wholeOf(pair.to, written) : written[0];
  return differences(theirs, JSON.parse(JSON.stringify(mine)));
}

const all = peerTranslations();

describe.skipIf(!hasRecordings)("translations of agentgateway", () => {
  it("are there", () => {
    expect(all.length).toBeGreaterThan(30);
  });

  it("differ for every reason in the list", () => {
    const found = all.flatMap((pair) => compared(pair).map((path) => ({ at: `${pair.name} ${pair.kind}`, path })));
    const unused = accepted.filter(
      (entry) => !found.some(({ at, path }) => entry.at.test(at) && entry.path.test(path)),
    );
    expect(unused).toEqual([]);
  });
});

/** The wires of caller and vendor. Requests go from caller to vendor, and answers from vendor to caller. */
function cellOf({ from, to, kind }: PeerTranslation): string {
  const ends = kind === "request" ? [from, to] : [to, from];
  return ends.join(" in front of a vendor of ");
}

describe.skipIf(!hasRecordings).each([...new Set(all.map(cellOf))])("translations of agentgateway, %s", (cell) => {
  const pairs = all.filter((pair) => cellOf(pair) === cell);

  it.each(pairs.map((pair) => [pair.name, pair.kind, pair] as const))(
    "%s, as %s, is the same but for known reasons",
    (name, kind, pair) => {
      const at = `${name} ${kind}`;
      const unexplained = compared(pair).filter(
        (path) => !accepted.some((entry) => entry.at.test(at) && entry.path.test(path)),
      );
      expect(unexplained).toEqual([]);
    },
  );
});

if (!hasRecordings)
  process.stderr.write("Skipped agentgateway's translations: set MODELYARD_FIXTURES to the folder that holds them.\n");
