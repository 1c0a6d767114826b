import type { JsonObject, OperationName } from "@modelyard/core";
import type { WireChoice } from "@modelyard/core/kit";
import type { WireLesson, WireTargets } from "@modelyard/provider-kit";
import { otherWire } from "./refused-wire.js";
import {
  asksForSummary,
  hasChatOnlyField,
  hasHostedTool,
  type ModelWires,
  refusesToolsOnChat,
  toolTrigger,
  withoutTools,
} from "./wire-table.js";

/** What decides over which wire a deployment's calls are made. */
export interface HostWireFacts {
  /** The operation that the calls have, or that serves them by default. */
  readonly operation: OperationName;
  /** What its settings, its name or its address say; then nothing else counts. */
  readonly fixed: WireChoice | undefined;
  /** The wires that it speaks. */
  readonly speaks: ReadonlySet<OperationName>;
  /** Whether it is OpenAI or Azure, so that OpenAI's table of models applies. */
  readonly isOpenAI: boolean;
  /** Whether callers of Messages are served over Responses if that is possible. */
  readonly keepsResponses: boolean;
  /** Whether its refusals may name the other wire. */
  readonly learns: boolean;
  readonly chatOverResponses: boolean;
  readonly messagesOverChat: boolean;
  readonly model: ModelWires;
}

function over(operation: OperationName, why: string): WireChoice {
  return Object.freeze({ operation, why });
}

/** What is decided for the calls of one wire. */
interface CallerRules {
  /** For hosts that speak chat completions only, and those that speak Responses only. */
  readonly onlyChat: WireChoice;
  readonly onlyResponses: WireChoice;
  /** For models of OpenAI's that only chat completions serves. */
  readonly modelOnChat: WireChoice;
  /** For all others. */
  choose(facts: HostWireFacts, request: JsonObject): WireChoice;
  /** The kind of a call: hosts may serve some kinds over one wire, and others over the other. */
  kindOf(request: JsonObject): string;
}

const onChat = over("chat", "chat completions are what the caller uses");
const onResponses = over("responses", "Responses is what the caller uses");
const hostOnChat = over("chat", "the host is not known to serve Responses");
const hostOnResponses = over("responses", "the host only serves Responses");
const modelOnChat = over("chat", "the model is only served over chat completions");
const modelOnResponses = over("responses", "the model is only served over Responses");
const tools = over("responses", "over chat completions, the model does not call functions while it reasons");
const hosted = over("responses", "only Responses has such tools");
const summarized = over("responses", "only Responses summarizes what the model thinks");
const setToResponses = over("responses", "chats are configured to be made over Responses");
const setToChat = over("chat", "Messages are configured to be made over chat completions");
const custom = over("chat", "only OpenAI and Azure are asked over Responses unless the deployment says so");
const field = over("chat", "the request has a field that Responses does not have");
const keepsMost = over("responses", "Responses loses less of Messages than chat completions");
const learned: { readonly [Wire in OperationName]?: WireChoice } = {
  chat: over("chat", "the host has refused such calls over Responses"),
  responses: over("responses", "the host has refused such calls over chat completions"),
};

const rules: { readonly [Operation in OperationName]?: CallerRules } = {
  chat: {
    onlyChat: onChat,
    onlyResponses: hostOnResponses,
    modelOnChat: onChat,
    choose: chooseForChat,
    kindOf: toolTrigger,
  },
  messages: {
    onlyChat: hostOnChat,
    onlyResponses: hostOnResponses,
    modelOnChat,
    choose: chooseForMessages,
    kindOf: () => "messages",
  },
  responses: {
    onlyChat: hostOnChat,
    onlyResponses: onResponses,
    modelOnChat,
    choose: () => onResponses,
    kindOf: () => "responses",
  },
};

function chooseForChat({ isOpenAI, model, chatOverResponses }: HostWireFacts, request: JsonObject): WireChoice {
  if (isOpenAI) {
    if (model.onChat === "never") return modelOnResponses;
    if (refusesToolsOnChat(model, request)) return tools;
    if (hasHostedTool(request)) return hosted;
    if (model.reasons && asksForSummary(request)) return summarized;
  }
  return chatOverResponses && !hasChatOnlyField(request) ? setToResponses : onChat;
}

function chooseForMessages(
  { isOpenAI, keepsResponses, model, messagesOverChat }: HostWireFacts,
  request: JsonObject,
): WireChoice {
  if (isOpenAI && model.onChat === "never") return modelOnResponses;
  if (messagesOverChat) return setToChat;
  if (!keepsResponses) return custom;
  return hasChatOnlyField(request) ? field : keepsMost;
}

/** Over which wire the calls of one model of one deployment are made, and what its answers have shown about that. */
export class HostWires {
  /**
   * Whether nothing has to be decided for chats without tools: they are made over chat completions. Most calls are such, and
   * they are not looked at.
   */
  servesPlain: boolean;
  readonly #facts: HostWireFacts;
  /** The wire that served calls, by their kind. */
  readonly #served = new Map<string, OperationName>();

  constructor(facts: HostWireFacts) {
    this.#facts = facts;
    this.servesPlain = !facts.learns && this.#isPlain;
  }

  /** Whether chats without tools are made over chat completions unless a refusal says otherwise. */
  get #isPlain(): boolean {
    const { operation, fixed, chatOverResponses, isOpenAI, model } = this.#facts;
    if (rules[operation]?.kindOf !== toolTrigger || fixed !== undefined || chatOverResponses) return false;
    // A chat may ask for a summary of the reasoning.
    if (isOpenAI && model.reasons) return false;
    return this.#choose(rules[operation], {}) === onChat;
  }

  /** What requests that are translated into chats must know. Not set: what almost every host takes. */
  get chatTarget(): Partial<WireTargets["chat"]> {
    const { isOpenAI, model } = this.#facts;
    if (!isOpenAI) return {};
    const { version } = model;
    return {
      developerRole: true,
      limitField: "max_completion_tokens",
      customTools: version >= 500,
      cacheMarks: version >= 506,
      webSearch: model.onChat === "only",
    };
  }

  /** The same for requests that are translated into Responses. */
  get responsesTarget(): Partial<WireTargets["responses"]> {
    const { isOpenAI, model } = this.#facts;
    // OpenAI's models are also reached at addresses of companies and other gateways.
    return { reasoning: model.reasons, cacheMarks: isOpenAI && model.version >= 506 };
  }

  /** @returns `undefined` for operations that have only one wire */
  choose(operation: OperationName, request: JsonObject): WireChoice | undefined {
    const rule = rules[operation];
    if (rule === undefined) return undefined;
    const { fixed, learns } = this.#facts;
    if (fixed !== undefined) return fixed;
    const known = this.#choose(rule, request);
    const served = learns ? this.#served.get(rule.kindOf(request)) : undefined;
    return served === undefined || served === known.operation ? known : (learned[served] ?? known);
  }

  /** What the answer to a call may show. `undefined`: nothing that is not known. @param asked - the wire of the call */
  lesson(operation: OperationName, request: JsonObject, asked: OperationName): WireLesson | undefined {
    const rule = rules[operation];
    const { fixed, learns } = this.#facts;
    if (rule === undefined || !learns || fixed !== undefined) return undefined;
    const kind = rule.kindOf(request);
    const served = this.#served;
    if (served.has(kind)) return undefined;
    return {
      otherWire: (refusal) => {
        const other = otherWire(asked, refusal);
        return other === undefined ? undefined : learned[other];
      },
      served: (wire) => {
        served.set(kind, wire);
        this.servesPlain ||= kind === withoutTools && this.#isPlain && learned[wire]?.operation === onChat.operation;
      },
    };
  }

  #choose(rule: CallerRules, request: JsonObject): WireChoice {
    const { speaks, isOpenAI, model } = this.#facts;
    if (!speaks.has("responses")) return rule.onlyChat;
    if (!speaks.has("chat")) return rule.onlyResponses;
    return isOpenAI && model.onChat === "only" ? rule.modelOnChat : rule.choose(this.#facts, request);
  }
}
