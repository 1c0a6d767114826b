import type { Provider } from "@modelyard/core";
import type { DialectName } from "../../upstream/asked.js";
import type { ScriptedWire } from "../../upstream/wire.js";

/** A request with fields that the provider refuses. */
export interface RefusedRequest {
  /** @defaultValue `vendor-model` */
  readonly model?: string;
  /** Added to the suite's chat request. */
  readonly fields?: object;
  /** The fields that are refused, in any order. */
  readonly refused: readonly string[];
}

/** How a provider has an answer continued that the caller began. */
export interface ContinuedAnswers {
  /** A model for which `continuesFromPrefix` says yes. @defaultValue `vendor-model` */
  readonly model?: string;
  /** A model for which it says no. @defaultValue none is known */
  readonly refusedModel?: string;
  /** What the host wants to read besides the messages. @defaultValue nothing */
  readonly sent?: object;
}

interface AnyProviderSetup {
  create(): Provider;
  /** What goes behind the host's address. @defaultValue nothing */
  readonly suffix?: string;
  readonly apiVersion?: string;
  /** A request that the provider refuses before it is sent. @defaultValue it refuses none */
  readonly refused?: RefusedRequest;
  /** How it has answers continued. @defaultValue it continues none */
  readonly continued?: ContinuedAnswers;
}

/** A provider that speaks one of the scripted upstream's languages. */
export interface DialectSetup extends AnyProviderSetup {
  readonly dialect: DialectName;
  readonly wire?: undefined;
}

/** A provider with a wire format of its own: how the vendor's answers look. */
export interface WireSetup extends AnyProviderSetup {
  readonly wire: ScriptedWire;
  readonly dialect?: undefined;
}

export type ProviderSetup = DialectSetup | WireSetup;
