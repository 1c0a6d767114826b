import type { JsonObject, ProviderCall } from "@modelyard/core";
import { type FieldsCall, isJsonObject, type MaybePromise, requestJson } from "@modelyard/core/kit";
import { ToolNames, wantsReasoningDetails } from "@modelyard/wires";
import type { Endpoint } from "../endpoint.js";
import type { HttpExchange } from "../http-exchange.js";
import type { HttpOperation } from "../http-vendor.js";
import { keepingCall, memoryOf } from "./bridge-facts.js";
import { type BridgedOperation, bridgedOperation } from "./bridged-operation.js";
import type { RememberingCall } from "./conversation-memory.js";
import { type Conversion, type ConvertedRequest, convertRequest, refusedFields } from "./convert-request.js";
import { type OwnTarget, targetOf } from "./targets.js";
import { shortRequest, type WireOperation, type WireTargets } from "./wires.js";

/** What is remembered of a chat that was sent in the vendor's own wire. */
export interface SentChat {
  /** Whether the caller wants to see the usage in its stream. */
  readonly showsUsage: boolean;
  /** How the request named the caller's tools. `undefined`: as the caller did. */
  readonly names: ToolNames | undefined;
  /** Whether the caller can hold reasoning in OpenRouter's shape. */
  readonly showsDetails: boolean;
  /** Where what the model thinks before it calls tools is remembered. `undefined`: the call has no tools, so nothing is. */
  readonly memory: RememberingCall | undefined;
}

export interface ChatOverOptions<Address extends Endpoint> {
  /** The vendor's wire. */
  readonly to: WireOperation;
  readonly vendor: string;
  /** What requests must know about a deployment. It is called once for each endpoint, and its result is kept. */
  readonly target: (call: Pick<FieldsCall, "deployment" | "model">, endpoint: Address) => OwnTarget;
}

/** Chats over another wire. */
export interface ChatOver<Address extends Endpoint> extends BridgedOperation<SentChat, Address> {
  /** The fields of a request that are refused unless they may be dropped. It does not read the messages. */
  refused(call: FieldsCall, endpoint: Address): readonly string[];
}

/**
 * Chats for a vendor that has another wire, as LiteLLM's callers expect them: what the deployment is configured to refuse are
 * fields of the chat, and answers have everything that the vendor says, such as thinking with its signature.
 * @param native - the vendor's operation, which reads the answers
 */
export function chatOver<Address extends Endpoint>(
  native: HttpOperation<SentChat, Address>,
  { to, vendor, target }: ChatOverOptions<Address>,
): ChatOver<Address> {
  const targets = new WeakMap<Address, WireTargets[WireOperation]>();
  const targetFor = (call: FieldsCall, endpoint: Address): WireTargets[WireOperation] => {
    const known = targets.get(endpoint);
    if (known !== undefined) return known;
    const made = targetOf(to, call, vendor, target(call, endpoint));
    targets.set(endpoint, made);
    return made;
  };
  const conversionOf = <Call extends FieldsCall>(call: Call, endpoint: Address): Conversion<Call> => ({
    from: "chat",
    to,
    call,
    target: targetFor(call, endpoint),
    refuses: call.deployment.refuses,
    // Reasoning is found by the calls that it led to.
    remembers: hasTools(call.request),
  });
  const answers = answersOf(native, to, vendor);
  return {
    write(given: ProviderCall, exchange: HttpExchange<SentChat>, endpoint: Address): MaybePromise<string | Uint8Array> {
      const call = keepingCall(given);
      const converting = convertRequest(conversionOf(call, endpoint));
      const sent = sentFor(call);
      const written = ({ body, names, dropped }: ConvertedRequest): MaybePromise<string | Uint8Array> => {
        exchange.facts = names.changesAnswers ? { ...sent, names } : sent;
        if (dropped.length > 0) exchange.dropped = dropped;
        return requestJson(body);
      };
      return converting instanceof Promise ? converting.then(written) : written(converting);
    },
    ...answers,
    refused: (call, endpoint) => refusedFields(conversionOf(shortRequest("chat", call), endpoint)),
  };
}

const usualChat: SentChat = Object.freeze({
  showsUsage: false,
  names: undefined,
  showsDetails: false,
  memory: undefined,
});
const chatWithUsage: SentChat = Object.freeze({ ...usualChat, showsUsage: true });

/** Most calls share what is remembered of them, which saves each of them an object. */
function sentFor(call: ProviderCall): SentChat {
  const usual = wantsUsage(call.request) ? chatWithUsage : usualChat;
  const showsDetails = wantsReasoningDetails(call.request);
  const memory = hasTools(call.request) && call.keepMs !== 0 ? memoryOf(call) : undefined;
  return showsDetails || memory !== undefined ? { ...usual, showsDetails, memory } : usual;
}

function hasTools({ tools }: JsonObject): boolean {
  return Array.isArray(tools) && tools.length > 0;
}

function wantsUsage({ stream_options: options }: JsonObject): boolean {
  return isJsonObject(options) && options["include_usage"] === true;
}

function answersOf<Address extends Endpoint>(
  native: HttpOperation<SentChat, Address>,
  to: WireOperation,
  vendor: string,
): Pick<BridgedOperation<SentChat, Address>, "answer" | "parts" | "translates"> {
  const operationFor = ({ showsUsage, names, showsDetails, memory }: SentChat): BridgedOperation<SentChat, Address> =>
    bridgedOperation(native, {
      from: "chat",
      to,
      caller: { request: {}, streamUsage: showsUsage, likeLiteLLM: true, reasoningDetails: showsDetails },
      names: names ?? new ToolNames(),
      dropped: [],
      answerer: { vendor },
      finishReasons: undefined,
      memory,
      stores: false,
      said: undefined,
      engineJudges: true,
    });
  const usual = operationFor(usualChat);
  const withUsage = operationFor(chatWithUsage);
  const way = ({ facts }: HttpExchange<SentChat>): BridgedOperation<SentChat, Address> => {
    if (facts === usualChat) return usual;
    return facts === chatWithUsage ? withUsage : operationFor(facts);
  };
  return {
    answer: (value, exchange) => way(exchange).answer(value, exchange),
    parts: (exchange) => way(exchange).parts(exchange),
    translates: true,
  };
}
