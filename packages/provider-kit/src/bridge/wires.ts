import type { JsonObject, OperationName, Usage } from "@modelyard/core";
import { type FieldsCall, operations } from "@modelyard/core/kit";
import {
  chat,
  type ChatTarget,
  messages,
  type MessagesTarget,
  responses,
  type ResponsesTarget,
} from "@modelyard/wires";

/** What a request that is translated into a wire must know about the deployment that it is for. */
export interface WireTargets {
  readonly chat: ChatTarget;
  readonly messages: MessagesTarget;
  readonly responses: ResponsesTarget;
}

/** The operations that can be translated into each other. */
export type WireOperation = keyof WireTargets;

interface WireRow {
  readonly wire: typeof chat | typeof messages | typeof responses;
  /** The wires that may serve its callers, best first: those that lose the least. */
  readonly servedBy: readonly WireOperation[];
  /** Whether the answer names the model that the caller asked for, because clients compare the names. */
  readonly namesAskedModel: boolean;
  /** Whether the answer repeats fields of the request. */
  readonly repeatsRequest: boolean;
  /** Whether the last event of a stream repeats the whole answer. */
  readonly repeatsAnswer: boolean;
  /** Whether requests may refer to earlier answers, and to items of them, instead of repeating them. */
  readonly refersToAnswers: boolean;
  /** Fields that its requests need, and the one that decides the form of the answer. */
  readonly needs: ReadonlySet<string>;
  /** Whether only the account that made encrypted reasoning can read it. */
  readonly bindsReasoning: boolean;
  /** Whether its messages have no place for encrypted reasoning. */
  readonly losesReasoning: boolean;
  /** Usage as an event, for providers that report it apart from their events. Not set: events always contain it. */
  readonly usageEvent?: (usage: Usage) => JsonObject;
}

export const wires: { readonly [Name in WireOperation]: WireRow } = {
  chat: {
    wire: chat,
    servedBy: ["chat", "responses", "messages"],
    namesAskedModel: false,
    repeatsRequest: false,
    repeatsAnswer: false,
    refersToAnswers: false,
    needs: new Set(["model", "messages", "stream"]),
    bindsReasoning: false,
    losesReasoning: true,
    usageEvent: (usage) => ({ object: "chat.completion.chunk", choices: [], usage }),
  },
  messages: {
    wire: messages,
    servedBy: ["messages", "responses", "chat"],
    namesAskedModel: true,
    repeatsRequest: false,
    repeatsAnswer: false,
    refersToAnswers: false,
    needs: new Set(["model", "messages", "max_tokens", "stream"]),
    bindsReasoning: false,
    losesReasoning: false,
  },
  responses: {
    wire: responses,
    servedBy: ["responses", "messages", "chat"],
    namesAskedModel: false,
    repeatsRequest: true,
    repeatsAnswer: true,
    refersToAnswers: true,
    needs: new Set(["model", "input", "stream"]),
    bindsReasoning: true,
    losesReasoning: false,
  },
};

/**
 * A call without its prompt, so that checking its fields takes little time for every size of request.
 */
export function shortRequest<Call extends FieldsCall>(wire: WireOperation, call: Call): Call {
  const { required } = operations[wire];
  return { ...call, request: { ...call.request, [required]: [{ role: "user", content: "." }] } };
}

export function isWire(operation: OperationName): operation is WireOperation {
  return Object.hasOwn(wires, operation);
}

/** The native wires that can serve an operation by translation, best first. */
export function bridgesTo(
  operation: OperationName,
  isNative: (wire: WireOperation) => boolean,
): readonly WireOperation[] {
  return isWire(operation) ? wires[operation].servedBy.filter((wire) => wire !== operation && isNative(wire)) : [];
}
