import { chat } from "./chat.js";
import { messages } from "./messages.js";
import { responses } from "./responses.js";
import type { BenchWire } from "./wire.js";

export const wireNames = ["chat", "messages", "responses"] as const;
export type WireName = (typeof wireNames)[number];

export const wires: Readonly<Record<WireName, BenchWire>> = { chat, messages, responses };

/** The wire of a caller and that of the vendor who answers. */
export interface WirePair {
  readonly caller: WireName;
  readonly vendor: WireName;
}

export const wirePairs: readonly WirePair[] = wireNames.flatMap((caller) =>
  wireNames.map((vendor) => ({ caller, vendor })),
);

/** Callers whose vendor speaks another wire. */
export const crossings = wirePairs.filter(({ caller, vendor }) => caller !== vendor);

/** For example "Messages", and "Messages from chat" for callers of Messages whose vendor speaks chat. */
export function titleOf({ caller, vendor }: WirePair): string {
  const { title } = wires[caller];
  return caller === vendor ? title : `${title} from ${wires[vendor].title}`;
}
