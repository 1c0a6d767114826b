import type { MaybePromise } from "@modelyard/core/kit";
import type { Caller } from "./caller.js";
import type { HubAnswer } from "./hub/answer.js";
import type { Loss, WireName, Written } from "./hub/common.js";
import type { HubError, WrittenError } from "./hub/error.js";
import type { HubEvent } from "./hub/events.js";
import type { HubRequest } from "./hub/request.js";
import type { JsonObject } from "./json.js";
import type { WrittenRequest } from "./target.js";

/** The data of one event, parsed. `[DONE]` is the end mark of Chat Completions. */
export type WireEvent = JsonObject | "[DONE]";

/** Reads one stream. */
export interface StreamReader {
  /** @returns what the event means; often nothing */
  read(event: WireEvent): readonly HubEvent[];
  /** What the last event means with another text. Only for an event that meant one delta of text or thinking, and nothing else. */
  again(text: string): HubEvent;
  /** Called when the vendor's bytes end. A stream that was not complete by then ends with an error. */
  end(): readonly HubEvent[];
}

/** Writes one stream. */
export interface StreamWriter {
  write(event: HubEvent): readonly WireEvent[];
  /** What could not be carried up to now. Paths are those of the answer. */
  readonly losses: readonly Loss[];
}

/** Reads and writes one API. Every function is pure; the readers and writers of streams keep state for one stream. */
export interface Wire<Target> {
  readonly name: WireName;
  /**
   * @throws an error that names the path that cannot be read: `invalid_request` if it is wrong, `unsupported_params` if
   * it may only be newer than this code
   */
  readRequest(body: JsonObject): HubRequest;
  /** The same; a long request is read in several turns of the event loop. Not set: it is always read at once. */
  readInTurns?(body: JsonObject): MaybePromise<HubRequest>;
  /**
   * Writes the request for a deployment. A loss of the kind `refused` means that it must not be sent.
   * @throws `invalid_request` if calls and results of tools do not belong together
   */
  writeRequest(request: HubRequest, target: Target): WrittenRequest;
  /** The same; a long request is written in several turns of the event loop. Not set: it is always written at once. */
  writeInTurns?(request: HubRequest, target: Target): MaybePromise<WrittenRequest>;
  /** @throws `invalid_response` if the answer cannot be read */
  readAnswer(body: JsonObject): HubAnswer;
  writeAnswer(answer: HubAnswer, caller: Caller): Written<JsonObject>;
  /** An error answer. @param body - parsed, or the text where it is not JSON. Headers are the caller's to read. */
  readError(status: number, body: unknown): HubError;
  /** The status and the body of an error answer. @param requestId - only Messages has it in the body */
  writeError(error: HubError, requestId?: string): WrittenError;
  streamReader(): StreamReader;
  streamWriter(caller: Caller): StreamWriter;
}
