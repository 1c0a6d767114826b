import type { ErrorKind } from "@modelyard/core";
import type { Caller } from "../caller.js";
import { openaiTier, reportBatch } from "../chat/write-answer.js";
import { writeErrorObject } from "../chat/write-error.js";
import { given, pathOf } from "../fields.js";
import type { HubStop, HubUsage } from "../hub/answer.js";
import type { Loss, WireName } from "../hub/common.js";
import type { HubError } from "../hub/error.js";
import type { HubEvent } from "../hub/events.js";
import type { JsonObject } from "../json.js";
import { LossList } from "../losses.js";
import { reportBlock, reportEvent, reportStop } from "../report-answer.js";
import { reportUsage } from "../report-usage.js";
import { RestOfEvents } from "../rest-of-events.js";
import type { StreamWriter, WireEvent } from "../wire.js";
import { NumberedEvents } from "./numbered-events.js";
import { writeStop } from "./stop.js";
import { writeSearches, writeUsage } from "./usage.js";
import { ItemIds, reportStore, responseOf } from "./write-answer.js";
import { StreamItems } from "./write-stream-items.js";

/** Codes that clients know in a failed response; the others are failures of the server to them. */
const codes: Readonly<Partial<Record<ErrorKind, string>>> = {
  rate_limit: "rate_limit_exceeded",
  quota_exhausted: "insufficient_quota",
  context_window_exceeded: "context_length_exceeded",
  content_policy_violation: "invalid_prompt",
  bad_request: "invalid_prompt",
  invalid_request: "invalid_prompt",
  unsupported_params: "invalid_prompt",
  unprocessable_entity: "invalid_prompt",
};

function responseCode(kind: ErrorKind): string {
  return codes[kind] ?? "server_error";
}

/** Writes a stream as the events of a response. Of several choices, it is the first. */
export class ResponsesStreamWriter implements StreamWriter {
  readonly #caller: Caller;
  readonly #losses = new LossList();
  readonly #events = new NumberedEvents();
  readonly #rest = new RestOfEvents("responses", this.#losses);
  #items: StreamItems;
  #response: JsonObject | undefined;
  #usage: Partial<HubUsage> = {};
  #stop: HubStop = { reason: "end" };
  #refused = false;
  #over = false;

  constructor(caller: Caller) {
    this.#caller = caller;
    this.#items = new StreamItems(this.#events, new ItemIds(""), this.#losses);
    reportStore(caller, this.#losses);
  }

  get losses(): readonly Loss[] {
    return this.#losses.all;
  }

  write(event: HubEvent): readonly WireEvent[] {
    return this.#over ? [] : this.#rest.complete(this.#write(event));
  }

  #write(event: HubEvent): readonly WireEvent[] {
    if ("choice" in event && event.choice !== 0) {
      this.#losses.dropped(pathOf("choices", event.choice), "Responses has one choice.");
      return [];
    }
    switch (event.type) {
      case "start":
        return this.#start(event.id, event.model, event.createdAt);
      case "alive":
        return [];
      case "block_start":
        if (event.block.type === "refusal") this.#refused = true;
        return this.#items.begin(event.index, event.block);
      case "delta":
        return this.#items.delta(event.index, event.delta);
      case "block_stop":
        reportBlock(event.block, event.index, "responses", this.#losses);
        return this.#items.finish(event.index, event.block);
      case "stop":
        this.#stop = event.stop;
        return [];
      case "usage":
        this.#usage = { ...this.#usage, ...event.usage };
        return [];
      case "end":
        return this.#end(event.service?.tier);
      case "error":
        return this.#fail(event.error);
      case "raw":
        return this.#raw(event.wire, event.value);
      case "rest":
        this.#rest.add(event);
        return [];
    }
  }

  /** Events of the future are passed on, unless they are about an item, whose place may be another one here. */
  #raw(wire: WireName, event: JsonObject): readonly JsonObject[] {
    if (wire === "responses" && this.#response !== undefined && event["output_index"] === undefined)
      return [{ ...event, sequence_number: this.#events.nextNumber() }];
    reportEvent(event, this.#losses);
    return [];
  }

  #start(id: string, model: string, createdAt = this.#caller.now): readonly JsonObject[] {
    this.#items = new StreamItems(this.#events, new ItemIds(id), this.#losses);
    const response = responseOf({ id, model, createdAt }, this.#caller);
    this.#response = response;
    return [this.#events.of("response.created", { response }), this.#events.of("response.in_progress", { response })];
  }

  #end(tier: string | undefined): readonly JsonObject[] {
    this.#over = true;
    const { status, incomplete_details } = writeStop(this.#stop, this.#refused, this.#losses);
    reportUsage(this.#usage, "responses", this.#losses);
    reportStop(this.#stop, this.#refused, "responses", this.#losses);
    reportBatch(tier, this.#losses);
    const closing = this.#items.closeMessage(status);
    const response = {
      ...this.#response,
      status,
      incomplete_details,
      completed_at: status === "completed" ? this.#caller.now : null,
      output: this.#events.output(),
      usage:
        this.#usage.input === undefined && this.#usage.output === undefined
          ? null
          : writeUsage({ output: 0, input: 0, ...this.#usage }),
      ...given({ service_tier: openaiTier(tier), tool_usage: writeSearches(this.#usage) }),
    };
    return [...closing, this.#events.of(`response.${status}`, { response })];
  }

  /** What was written up to now stays, as incomplete. */
  #fail(failure: HubError): readonly JsonObject[] {
    const begun = this.#response === undefined ? this.#start("", "") : [];
    this.#over = true;
    const error = writeErrorObject(failure);
    const { code, message } = error;
    const response = {
      ...this.#response,
      status: "failed",
      error: { code: responseCode(failure.kind), message },
      output: this.#events.output(this.#items.incomplete()),
    };
    return [
      ...begun,
      // Both forms that are in use: flat, and nested.
      this.#events.of("error", { code, message, param: error["param"] ?? null, error }),
      this.#events.of("response.failed", { response }),
    ];
  }
}
