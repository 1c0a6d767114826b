import type { Provider } from "@modelyard/core";
import type { DialectName } from "../../upstream/place.js";
import type { ScriptedWire } from "../../upstream/wire.js";

/** A request with fields that the provider does not support. */
export interface RefusedRequest {
  /** @defaultValue `vendor-model` */
  readonly model?: string;
  /** Added to the chat request of the suite. */
  readonly fields?: object;
  /** The fields that are not supported, in any order. */
  readonly refused: readonly string[];
}

/** How a provider lets a model continue an answer that the caller has begun. */
export interface ContinuedAnswers {
  /** A model for which `continuesFromPrefix` says yes. @defaultValue `vendor-model` */
  readonly model?: string;
  /** A model for which it says no. @defaultValue none: not tested */
  readonly refusedModel?: string;
  /** Fields that the host needs besides the messages. @defaultValue none */
  readonly sent?: object;
}

interface AnyProviderSetup {
  create(): Provider;
  /** Added to the address of the host. @defaultValue nothing */
  readonly suffix?: string;
  readonly apiVersion?: string;
  /** A request that the provider rejects before it is sent. @defaultValue none: not tested */
  readonly refused?: RefusedRequest;
  /** How it lets a model continue an answer. @defaultValue it does not */
  readonly continued?: ContinuedAnswers;
}

/** A provider that speaks one of the dialects of the scripted upstream. */
export interface DialectSetup extends AnyProviderSetup {
  readonly dialect: DialectName;
  readonly wire?: undefined;
}

/** A provider with its own wire format, with a description of the vendor's answers. */
export interface WireSetup extends AnyProviderSetup {
  readonly wire: ScriptedWire;
  readonly dialect?: undefined;
}

export type ProviderSetup = DialectSetup | WireSetup;
