import type { ProviderCall } from "@modelyard/core";
import type { FieldsCall, MaybePromise, StreamPart } from "@modelyard/core/kit";
import { bodyOf, type HttpExchange, type HttpOperation, ScannedStream } from "@modelyard/provider-kit";
import { withCallerHeaders } from "./caller-headers.js";
import type { Endpoint } from "./endpoint.js";
import { type FieldRules, fitMessages } from "./fit-messages.js";
import { MessageScanner } from "./message-scanner.js";
import { providerName } from "./refuse.js";

type RulesOf = (endpoint: Endpoint, call: FieldsCall) => FieldRules;

/**
 * Messages for callers of the same API. The request's text is sent with the vendor's name of the model, and the bytes of the
 * answer are passed on; usage, stop reasons and errors are read from them.
 * @param rulesOf - what decides which fields are refused
 */
export function nativeMessages<Facts>(rulesOf: RulesOf): HttpOperation<Facts, Endpoint> {
  return {
    ...passedOn(rulesOf),
    parts(exchange: HttpExchange<Facts>): AsyncIterable<StreamPart> {
      const { response, deployment, bridged: keepsEvents = false } = exchange;
      const toError = (body: string): Error => exchange.failure(body);
      return new ScannedStream({
        response,
        scanner: new MessageScanner({ provider: providerName, deploymentId: deployment.id, toError, keepsEvents }),
        explain: (thrown) => exchange.explain(thrown),
        wrong: (text) => exchange.notEvents(text),
      });
    },
  };
}

/** Requests that reach Anthropic as their callers wrote them, and are not streamed. */
export function passedOn<Facts>(rulesOf: RulesOf): HttpOperation<Facts, Endpoint> {
  return {
    showsHeaders: true,
    write(call: ProviderCall, exchange: HttpExchange<Facts>, endpoint: Endpoint): MaybePromise<string | Uint8Array> {
      const rules = rulesOf(endpoint, call);
      const asked = call.forwardHeaders?.["anthropic-version"];
      const { call: sent, dropped = [] } = fitMessages(
        call,
        asked === undefined ? rules : { ...rules, apiVersion: asked },
      );
      if (dropped.length > 0) exchange.dropped = dropped;
      return bodyOf(sent);
    },
    headers: ({ forwardHeaders }, endpoint) => withCallerHeaders(endpoint, forwardHeaders),
  };
}
