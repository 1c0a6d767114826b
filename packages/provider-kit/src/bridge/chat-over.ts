import type { JsonObject, ProviderCall } from "@modelyard/core";
import { type FieldsCall, isJsonObject, type MaybePromise, requestJson } from "@modelyard/core/kit";
import { ToolNames } from "@modelyard/wires";
import type { Endpoint } from "../endpoint.js";
import type { HttpExchange } from "../http-exchange.js";
import type { HttpOperation } from "../http-vendor.js";
import { type BridgedOperation, bridgedOperation } from "./bridged-operation.js";
import { type Conversion, type ConvertedRequest, convertRequest, refusedFields } from "./convert-request.js";
import { type OwnTarget, targetOf } from "./targets.js";
import { shortRequest, type WireOperation, type WireTargets } from "./wires.js";

/** What is remembered of a chat that was sent in the vendor's own wire. */
export interface SentChat {
  /** Whether the caller wants to see the usage in its stream. */
  readonly showsUsage: boolean;
  /** How the request named the caller's tools. `undefined`: as the caller did. */
  readonly names: ToolNames | undefined;
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
    remembers: false,
  });
  const answers = answersOf(native, to, vendor);
  return {
    write(call: ProviderCall, exchange: HttpExchange<SentChat>, endpoint: Address): MaybePromise<string | Uint8Array> {
      const converting = convertRequest(conversionOf(call, endpoint));
      const showsUsage = wantsUsage(call.request);
      const written = ({ body, names, dropped }: ConvertedRequest): MaybePromise<string | Uint8Array> => {
        exchange.facts = { showsUsage, names: names.changesAnswers ? names : undefined };
        if (dropped.length > 0) exchange.dropped = dropped;
        return requestJson(body);
      };
      return converting instanceof Promise ? converting.then(written) : written(converting);
    },
    ...answers,
    refused: (call, endpoint) => refusedFields(conversionOf(shortRequest("chat", call), endpoint)),
  };
}

function wantsUsage({ stream_options: options }: JsonObject): boolean {
  return isJsonObject(options) && options["include_usage"] === true;
}

function answersOf<Address extends Endpoint>(
  native: HttpOperation<SentChat, Address>,
  to: WireOperation,
  vendor: string,
): Pick<BridgedOperation<SentChat, Address>, "answer" | "parts" | "translates"> {
  const operationFor = ({ showsUsage, names }: SentChat): BridgedOperation<SentChat, Address> =>
    bridgedOperation(native, {
      from: "chat",
      to,
      caller: { request: {}, streamUsage: showsUsage, likeLiteLLM: true },
      names: names ?? new ToolNames(),
      dropped: [],
      answerer: { vendor },
      finishReasons: undefined,
      memory: undefined,
      stores: false,
      said: undefined,
      engineJudges: true,
    });
  const usual = operationFor({ showsUsage: false, names: undefined });
  const withUsage = operationFor({ showsUsage: true, names: undefined });
  const way = ({ facts }: HttpExchange<SentChat>): BridgedOperation<SentChat, Address> => {
    if (facts.names !== undefined) return operationFor(facts);
    return facts.showsUsage ? withUsage : usual;
  };
  return {
    answer: (value, exchange) => way(exchange).answer(value, exchange),
    parts: (exchange) => way(exchange).parts(exchange),
    translates: true,
  };
}
