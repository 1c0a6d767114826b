import type { JsonObject, RouterError, Trail } from "@modelyard/core";
import {
  type AnswerOutcome,
  type Bytes,
  isJsonObject,
  operations,
  type StreamPart,
  type StreamWriter,
  type SurfaceAnswer,
  type SurfaceCall,
} from "@modelyard/core/kit";
import {
  chat,
  type Crossing,
  type Loss,
  responses,
  StreamTranslation,
  ToolNames,
  translateAnswer,
} from "@modelyard/wires";
import { json } from "../answers.js";
import { droppedHeader } from "../headers.js";
import { flatTool } from "./flat-tool.js";

/** A call that a Responses body asks for, and that is answered with a chat completion. */
export function responsesCall(request: JsonObject): SurfaceCall {
  return {
    request: responsesRequest(request),
    operation: operations.responses.name,
    context: new ChatForResponses(request),
    // The field is ours unless the client sent it.
    ...(request["store"] === false ? {} : { options: { losesReasoning: true } }),
  };
}

/**
 * The body without what only Chat Completions has. Vendors refuse such fields.
 * Source: https://github.com/BerriAI/litellm/pull/34029.
 */
function responsesRequest(sent: JsonObject): JsonObject {
  // As in Chat Completions, vendors store nothing unless they are asked to.
  const request: Record<string, unknown> = { store: false, ...sent };
  delete request["messages"];
  const { stream_options: options, tools } = sent;
  if (isJsonObject(options)) {
    const { include_usage: _, ...others } = options;
    request["stream_options"] = others;
    if (Object.keys(others).length === 0) delete request["stream_options"];
  }
  if (Array.isArray(tools)) request["tools"] = tools.map(flatTool);
  return request;
}

/** What is known of a call that a Responses request made, and that is answered with a chat completion. */
export class ChatForResponses {
  readonly #streamUsage: boolean;

  /** @param request - as the client sent it */
  constructor({ stream_options: options }: JsonObject) {
    this.#streamUsage = isJsonObject(options) && options["include_usage"] === true;
  }

  write({ value, trail }: AnswerOutcome): SurfaceAnswer {
    const { value: written, losses } = translateAnswer(this.#crossing(trail), value);
    const lost = lostPaths(losses);
    if (lost.length === 0) return json(200, written);
    return json(200, written, { "x-modelyard-dropped": droppedHeader([...trail.droppedParams, ...lost]) });
  }

  /** @param plain - the writer for other chats, for all that is not an event of the vendor's */
  events(trail: Trail, plain: StreamWriter): StreamWriter {
    return new TranslatedEvents(new StreamTranslation(this.#crossing(trail)), plain);
  }

  #crossing({ attempts }: Trail): Crossing {
    const now = Math.floor((attempts.at(-1)?.startedAt ?? 0) / 1_000);
    return {
      from: responses,
      to: chat,
      // The calls in the answer already have the names that the client gave to its tools.
      names: new ToolNames(),
      // The vendor is only written into encrypted reasoning, which a chat completion does not contain.
      answerer: { vendor: "", model: "" },
      caller: { now, request: {}, streamUsage: this.#streamUsage },
    };
  }
}

/** The paths of what the chat completion has no place for, as the trail has those of other translated answers. */
function lostPaths(losses: readonly Loss[]): readonly string[] {
  return losses.flatMap(({ kind, path }) => (kind === "dropped" || kind === "refused" ? [`answer.${path}`] : []));
}

/** Writes the events of a response as chunks of a chat completion. */
class TranslatedEvents implements StreamWriter {
  readonly contentType: string;
  readonly ping?: Bytes;
  readonly #translation: StreamTranslation;
  readonly #plain: StreamWriter;

  constructor(translation: StreamTranslation, plain: StreamWriter) {
    this.#translation = translation;
    this.#plain = plain;
    this.contentType = plain.contentType;
    if (plain.ping !== undefined) this.ping = plain.ping;
  }

  part({ chunks }: StreamPart): Bytes {
    let text = "";
    for (const event of chunks as unknown as readonly JsonObject[])
      for (const chunk of this.#translation.read(event))
        // The end mark follows at the end of the stream.
        if (typeof chunk !== "string") text += `data: ${JSON.stringify(chunk)}\n\n`;
    return text;
  }

  /** What was lost is known only now. The headers were sent before, and clients skip comments. */
  end(trail: Trail): Bytes | undefined {
    const lost = lostPaths(this.#translation.losses);
    const last = this.#plain.end(trail);
    return lost.length === 0 || last instanceof Uint8Array
      ? last
      : `: x-modelyard-dropped: ${droppedHeader(lost)}\n\n${last ?? ""}`;
  }

  error(error: RouterError): Bytes | undefined {
    return this.#plain.error(error);
  }
}
