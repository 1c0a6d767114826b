import {
  callerStatus,
  type ChatCompletion,
  type ChatRequest,
  connectionSecrets,
  createProviderError,
  type ErrorKind,
  isJsonObject,
  kindOfStatus,
  type OperationName,
  parseRetryAfter,
  type Provider,
  type ProviderCall,
  type ProviderError,
  RouterError,
  scrub,
  type StreamPart,
  type Transport,
  TransportError,
  type TransportResponse,
  type Usage,
} from "@modelyard/core";
import { failureText, sharedTransport } from "@modelyard/provider-kit";

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

/** Longest line in characters, so that a host that never ends one cannot fill the memory. */
const longestLine = 4_000_000;

function usageOf({ used }: Line): Usage | undefined {
  if (used === undefined) return undefined;
  return { prompt_tokens: used[0], completion_tokens: used[1], total_tokens: used[0] + used[1] };
}

function fault(kind: ErrorKind, message: string, more: Partial<Parameters<typeof createProviderError>[0]> = {}) {
  return createProviderError({ provider: "acme", kind, message, ...more });
}

/** Removes the key, which vendors may quote, and control characters, which terminals may obey, from text that is shown. */
function shown(text: string, { deployment: { connection } }: ProviderCall): string {
  return scrub(text.replaceAll(/\p{Cc}/gu, " "), connectionSecrets(connection, connection.apiKey));
}

/** Reads one line. @throws if it reports a failure or is not valid */
function lineOf(text: string, call: ProviderCall): Line {
  const line: unknown = JSON.parse(text);
  if (isJsonObject(line) && typeof line["oops"] === "string") throw fault("api_error", shown(line["oops"], call));
  if (isJsonObject(line) && ["say", "stop", "bye"].some((field) => field in line)) return line;
  throw new SyntaxError("not a valid line of acme");
}

/** Maps a status to an error, with acme's reason. */
async function refusal(response: TransportResponse, call: ProviderCall): Promise<ProviderError> {
  const { status } = response;
  const body = await failureText(response);
  let reason = `acme answered ${String(status)}.`;
  try {
    const line: unknown = JSON.parse(body);
    if (isJsonObject(line) && typeof line["oops"] === "string") reason = line["oops"];
  } catch {
    // The HTML page of a proxy in front of acme.
  }
  const retryAfterMs = parseRetryAfter((name) => response.header(name), call.now());
  return fault(kindOfStatus(status), shown(reason, call), {
    status: callerStatus(status),
    upstream: { status },
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}

/** Maps anything that is thrown to an error. A cancelled call rejects with the reason of the cancellation. */
function broken(thrown: unknown, { cancellation }: ProviderCall): unknown {
  if (cancellation.cancelled) return cancellation.reason;
  if (RouterError.isInstance(thrown)) return thrown;
  if (!(thrown instanceof TransportError))
    return fault("invalid_response", "acme sent an answer that could not be read.");
  const kind = thrown.phase === "timeout" ? "timeout" : "api_connection";
  return fault(kind, `acme ${thrown.deed}.`, { cause: thrown });
}

function partOf(lines: readonly Line[], call: ProviderCall): StreamPart<"chat"> {
  const head = { id: "acme", object: "chat.completion.chunk", created: Math.floor(call.now() / 1000) } as const;
  const { stream_options: options } = call.request as ChatRequest;
  const usage = lines.map(usageOf).findLast((one) => one !== undefined);
  const chunks = lines
    .filter(({ say, stop }) => say !== undefined || stop !== undefined)
    .map(({ say, stop }) => ({
      ...head,
      model: call.model,
      choices: [{ index: 0, delta: say === undefined ? {} : { content: say }, finish_reason: stop ?? null }],
    }));
  // The router always gets the usage; the caller only gets it on request.
  const counted = { ...head, model: call.model, choices: [], usage };
  return {
    chunks: usage !== undefined && options?.include_usage === true ? [...chunks, counted as never] : chunks,
    bytes: undefined,
    content: lines.some(({ say = "" }) => say !== ""),
    finished: lines.filter(({ stop }) => stop !== undefined).length,
    done: lines.some(({ bye }) => bye === true),
    usage,
  };
}

async function* partsOf(response: TransportResponse, call: ProviderCall): AsyncGenerator<StreamPart<"chat">> {
  const decoder = new TextDecoder();
  let rest = "";
  try {
    for await (const bytes of response.body()) {
      const texts = (rest + decoder.decode(bytes, { stream: true })).split("\n");
      rest = texts.pop() ?? "";
      if (rest.length > longestLine) throw new RangeError("a line without an end");
      const lines = texts.filter((text) => text !== "").map((text) => lineOf(text, call));
      if (lines.length === 0) continue;
      const part = partOf(lines, call);
      yield part;
      if (part.done) return;
    }
    // The rest is an incomplete line, or a failure without a line end.
    if (rest !== "") lineOf(rest, call);
  } catch (thrown) {
    throw broken(thrown, call);
  }
}

function answerOf(line: Line, call: ProviderCall): ChatCompletion {
  const message = { role: "assistant", content: line.say ?? "" } as const;
  const usage = usageOf(line);
  return {
    id: "acme",
    object: "chat.completion",
    created: Math.floor(call.now() / 1000),
    model: call.model,
    choices: [{ index: 0, message, finish_reason: line.stop ?? "stop" }],
    ...(usage === undefined ? {} : { usage }),
  };
}

async function send(transport: Transport, call: ProviderCall): Promise<TransportResponse> {
  const { connection } = call.deployment;
  const { origin, pathname } = new URL(`${connection.baseUrl ?? ""}/speak`);
  const { messages } = call.request as ChatRequest;
  const response = await transport.send({
    method: "POST",
    origin,
    path: pathname,
    headers: { "content-type": "application/json", "x-acme-key": connection.apiKey?.reveal() ?? "" },
    body: JSON.stringify({ model: call.model, messages, stream: call.stream }),
    cancellation: call.cancellation,
    connectMs: call.connectMs,
    headersMs: call.headersMs,
    publicOnly: connection.publicOnly,
  });
  if (response.status === 200) return response;
  throw await refusal(response, call);
}

const served: readonly OperationName[] = ["chat"];

/** A provider for acme's API: `POST /speak`, which answers with lines of JSON. */
export function acme({ transport = sharedTransport() }: { readonly transport?: Transport } = {}): Provider {
  return {
    name: "acme",
    specVersion: 1,
    operations: served,
    validate: ({ connection }) =>
      connection.baseUrl === undefined ? ["Set apiBase: acme is wherever you run it."] : [],
    async call(operation, call) {
      if (!served.includes(operation)) throw fault("unsupported_params", `acme has no ${operation}.`);
      try {
        const response = await send(transport, call);
        if (call.stream) return { kind: "stream", parts: partsOf(response, call) };
        const line = lineOf(new TextDecoder().decode(await response.bytes()), call);
        return { kind: "answer", value: answerOf(line, call) };
      } catch (thrown) {
        throw broken(thrown, call);
      }
    },
  };
}
