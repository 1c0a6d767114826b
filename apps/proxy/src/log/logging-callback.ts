import type { Callback, EventOf, Logger, RouterEvent, RouterEventType, Secret } from "@modelyard/core";
import { showInstant } from "@modelyard/core/kit";
import { faultFields, unexpectedCause } from "./fault-fields.js";
import { failureFields, servedFields } from "./request-fields.js";

export interface LoggingOptions {
  readonly logger: Logger;
  /** Whether to log every call and attempt as well. */
  readonly verbose: boolean;
  /** Secrets that are replaced in error messages and stacks. */
  readonly secrets: () => readonly Secret[];
}

type EventLoggers = { readonly [Type in RouterEventType]?: (event: EventOf<Type>) => void };

/**
 * Logs what operators need to know: deployments that cool down or recover, and one line for each request that failed or
 * needed more than one attempt.
 */
export function loggingCallback({ logger, verbose, secrets }: LoggingOptions): Callback {
  const loggers: EventLoggers = {
    deployment_cooldown: ({ deployment, until, reason, times }) => {
      logger.warn(
        { ...nameOf(deployment), reason, until: showInstant(until), ...(times > 1 ? { times } : {}) },
        "deployment in cooldown",
      );
    },
    deployment_recovered: ({ deployment }) => {
      logger.info(nameOf(deployment), "deployment recovered");
    },
    configuration_changed: ({ added, removed, kept }) => {
      if (added.length + removed.length > 0)
        logger.info({ added: added.length, removed: removed.length, kept: kept.length }, "deployments changed");
    },
    request_succeeded: (event) => {
      const { trail } = event;
      const smooth = trail.fallbacks === 0 && trail.attempts.every(({ error }) => error === undefined);
      if (!smooth) logger.info(servedFields(event), "request served after failures");
      else if (verbose) logger.debug(servedFields(event), "request served");
    },
    request_failed: (event) => {
      logger[levelOf(event)](failureFields(event), "request failed");
    },
    attempt_failed: ({ callId, deployment, attempt, durationMs, error }) => {
      const cause = unexpectedCause(error);
      if (cause !== undefined) {
        logger.error(
          { call: callId, ...nameOf(deployment), ...faultFields(cause, secrets()) },
          "internal error in the provider",
        );
      }
      if (!verbose) return;
      logger.debug(
        {
          call: callId,
          ...nameOf(deployment),
          attempt,
          error: error.kind,
          status: error.status,
          ms: Math.round(durationMs),
        },
        "attempt failed",
      );
    },
    ...(verbose
      ? {
          fallback: ({ callId, fromGroup, toGroup, error, succeeded }) => {
            logger.debug({ call: callId, from: fromGroup, to: toGroup, error: error.kind, succeeded }, "fallback");
          },
          retry_refused: ({ callId, deployment, error }) => {
            logger.debug(
              { call: callId, ...nameOf(deployment), error: error.kind },
              "no retry: the retry budget of the process is exhausted",
            );
          },
        }
      : {}),
  };
  return {
    name: "log",
    events: Object.keys(loggers) as RouterEventType[],
    on: (event: RouterEvent) => {
      (loggers[event.type] as ((event: RouterEvent) => void) | undefined)?.(event);
    },
  };
}

interface Named {
  readonly id: string;
  readonly group: string;
  readonly provider: string;
  readonly model: string;
}

function nameOf({ id, group, provider, model }: Named): Readonly<Record<string, string>> {
  return { group, deployment: id, model: `${provider}/${model}` };
}

/** `warn` for what the operator can fix, `info` for mistakes of callers, and `debug` for callers that disconnected. */
function levelOf({ error }: EventOf<"request_failed">): "debug" | "info" | "warn" {
  if (error.kind === "aborted") return "debug";
  return error.blame === "request" || error.blame === "caller" || error.kind === "model_not_found" ? "info" : "warn";
}
