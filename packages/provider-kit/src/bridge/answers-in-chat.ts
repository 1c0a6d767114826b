import { ToolNames } from "@modelyard/wires";
import type { Endpoint } from "../endpoint.js";
import type { HttpExchange } from "../http-exchange.js";
import type { HttpOperation } from "../http-vendor.js";
import { type BridgedOperation, bridgedOperation } from "./bridged-operation.js";
import type { WireOperation } from "./wires.js";

/** What a vendor's code knows of a chat that it has sent in its own wire. */
export interface SentChat {
  /** Whether the caller wants to see the usage in its stream. */
  readonly showsUsage: boolean;
  /** The tool whose input is the answer. `undefined`: there is none. */
  readonly answeredBy: string | undefined;
}

/**
 * The answers to chats, for a vendor that has another wire and writes the requests of chats itself. They have what LiteLLM's
 * callers read in them, such as thinking with its signature.
 * @param native - the vendor's operation, which reads the answers
 */
export function answersInChat<Facts extends SentChat, Address extends Endpoint>(
  native: HttpOperation<Facts, Address>,
  { to, vendor }: { readonly to: WireOperation; readonly vendor: string },
): Pick<BridgedOperation<Facts, Address>, "answer" | "parts" | "translates"> {
  const operationFor = ({ showsUsage, answeredBy }: SentChat): BridgedOperation<Facts, Address> => {
    const names = new ToolNames();
    names.answeredBy = answeredBy;
    return bridgedOperation(native, {
      from: "chat",
      to,
      caller: { request: {}, streamUsage: showsUsage, likeLiteLLM: true },
      names,
      dropped: [],
      answerer: { vendor },
      finishReasons: undefined,
      memory: undefined,
      stores: false,
      said: undefined,
      engineJudges: true,
    });
  };
  const usual = operationFor({ showsUsage: false, answeredBy: undefined });
  const withUsage = operationFor({ showsUsage: true, answeredBy: undefined });
  const way = ({ facts }: HttpExchange<Facts>): BridgedOperation<Facts, Address> => {
    if (facts.answeredBy !== undefined) return operationFor(facts);
    return facts.showsUsage ? withUsage : usual;
  };
  return {
    answer: (value, exchange) => way(exchange).answer(value, exchange),
    parts: (exchange) => way(exchange).parts(exchange),
    translates: true,
  };
}
